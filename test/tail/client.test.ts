import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { fixedCredentials } from '../../src/tail/kubernetes/client/credentials.ts'
import { KubernetesError } from '../../src/tail/kubernetes/client/error.ts'
import type { ClusterTarget } from '../../src/tail/kubernetes/client/target.ts'
import { refusals } from './behaviours/refusals.ts'
import { type CallBehaviour, FakeCluster, type SeenRequest } from './support/fake-cluster.ts'
import { ManualTimers } from './support/manual-timers.ts'

let cluster: FakeCluster
let timers: ManualTimers
const clients: KubernetesClient[] = []
const forever = new AbortController().signal

beforeAll(async () => {
  cluster = await FakeCluster.start()
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

afterAll(() => cluster.stop())

function connect(target: Partial<ClusterTarget> = {}): KubernetesClient {
  timers = new ManualTimers()
  const client = createKubernetesClient({ ...cluster.target(), ...target }, { timers, random: () => 0.5 })
  clients.push(client)
  return client
}

async function failure(promise: Promise<unknown>): Promise<KubernetesError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof KubernetesError)) throw new Error(`no KubernetesError: ${error}`)
  return error
}

describe('who asks, and whom', () => {
  it('a client certificate is the user', async () => {
    await connect().listPods({}, 100, forever)
    expect(cluster.requests.all.at(-1)).toMatchObject({ verb: 'list', user: 'weir' })
  })

  it('a token is sent, and is no part of an error', async () => {
    cluster.acceptToken('good-token', 'robot')
    const withToken = (token: string): KubernetesClient =>
      connect({ credentials: fixedCredentials({ token: new Secret(token) }) })
    await withToken('good-token').listPods({}, 100, forever)
    expect(cluster.requests.all.at(-1)).toMatchObject({ verb: 'list', user: 'robot' })
    const error = await failure(withToken('bad-token').listPods({}, 100, forever))
    expect(error.code).toBe('unauthorized')
    expect(`${error.message} ${error.detail}`).not.toContain('bad-token')
  })

  it('a token that is no longer accepted is asked for anew, once', async () => {
    const tokens = ['old', 'new']
    cluster.acceptToken('new', 'robot')
    const credentials = {
      current: async () => ({ token: new Secret(tokens[0]!) }),
      renew: () => tokens.shift() !== undefined,
    }
    await connect({ credentials }).listPods({}, 100, forever)
    expect(tokens).toEqual(['new'])
  })

  it('a server whose certificate nobody vouches for is refused, unless somebody wrote that it may', async () => {
    const { ca: _ca, ...stranger } = cluster.target()
    const strange = createKubernetesClient(stranger, { timers: new ManualTimers() })
    clients.push(strange)
    const calledOff = new AbortController()
    const refused = failure(strange.getPod('shop', 'web-0', AbortSignal.any([calledOff.signal])))
    const error = await Promise.race([refused, failure(firstAttempt(stranger))])
    calledOff.abort()
    expect(error.message).toContain("the API server's certificate is not trusted")
    const trusting = createKubernetesClient({ ...stranger, insecureSkipTlsVerify: true }, { timers })
    clients.push(trusting)
    expect(await trusting.getPod('shop', 'nobody', forever)).toBeUndefined()
  })

  /** A log is asked for once, so its failure comes without pauses. */
  async function firstAttempt(target: ClusterTarget): Promise<unknown> {
    const client = createKubernetesClient(target, { timers: new ManualTimers() })
    clients.push(client)
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: forever }
    return await Array.fromAsync(client.readLog(log))
  }
})

describe('lists', () => {
  it('are read page by page, and begun anew when the continue token is too old', async () => {
    const many = await FakeCluster.start()
    for (let i = 0; i < 1201; i++)
      many.addPod({ name: `pod-${i}`, labels: { app: i % 2 === 0 ? 'even' : 'odd' } })
    const client = createKubernetesClient(many.target(), { timers: new ManualTimers() })
    const pages = (): SeenRequest[] => many.requests.all.filter(({ verb }) => verb === 'list')
    try {
      const { pods, resourceVersion } = await client.listPods({}, 2000, forever)
      expect(pods.map(({ metadata }) => metadata.name)).toEqual(
        Array.from({ length: 1201 }, (_, i) => `pod-${i}`),
      )
      expect(resourceVersion).toBe('2201')
      expect(pages()).toHaveLength(3)
      const even = await client.listPods({ namespace: 'shop', labelSelector: 'app=even' }, 2000, forever)
      expect(even.pods).toHaveLength(601)
      const before = pages().length
      const listing = client.listPods({}, 2000, forever)
      many.behaveCalls('list', {}, { refuse: { status: 410, message: 'too old' } })
      expect((await listing).pods).toHaveLength(1201)
      expect(pages().length - before).toBe(2 + 3)
      const tooMany = await failure(client.listPods({}, 1000, forever))
      expect(tooMany.message).toBe(
        `Cluster "test": can't list the pods of all namespaces: there are more than 1000; narrow the selector.`,
      )
    } finally {
      await client.close()
      await many.stop()
    }
  })
})

describe('failures', () => {
  it.each([
    {
      name: '403',
      behaviour: { refuse: { status: 403, message: 'User "system:serviceaccount:x:y"' } },
      code: 'forbidden',
    },
    { name: '410', behaviour: { refuse: { status: 410, message: 'gone' } }, code: 'expired', times: 3 },
    { name: 'no JSON', behaviour: { body: '<html>proxy.internal</html>' }, code: 'bad_answer' },
    { name: 'no list', behaviour: { body: '[]' }, code: 'bad_answer' },
  ] as const)('$name is final', async ({ behaviour, code, ...rest }) => {
    const client = connect()
    const times = 'times' in rest ? rest.times : 1
    cluster.behaveCalls('list', ...Array<CallBehaviour>(times).fill(behaviour))
    const error = await failure(client.listPods({}, 100, forever))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^Cluster "test": can't list the pods of all namespaces: .*\.$/)
    expect(error.message).not.toMatch(/127\.0\.0\.1|serviceaccount|proxy\.internal/)
  })

  it.each([
    { name: '500', behaviour: { refuse: { status: 500, message: 'etcd' } }, pauseMs: 188 },
    { name: 'a cut', behaviour: { cut: true }, pauseMs: 188 },
    {
      name: '429',
      behaviour: { refuse: { status: 429, message: 'x', retryAfterSeconds: 3 } },
      pauseMs: 3000,
    },
  ] as const)('$name is asked again', async ({ behaviour, pauseMs }) => {
    const client = connect()
    cluster.behaveCalls('list', behaviour)
    const listing = client.listPods({}, 100, forever)
    const fired = timers.fire('retry')
    const startMs = timers.nowMs()
    await fired
    await listing
    expect(timers.nowMs() - startMs).toBe(pauseMs)
  })

  it('are given up after four attempts', async () => {
    const client = connect()
    cluster.behaveCalls('list', ...Array<CallBehaviour>(4).fill({ refuse: { status: 503, message: 'down' } }))
    const before = cluster.requests.all.length
    const failed = failure(client.listPods({}, 100, forever))
    for (let i = 0; i < 3; i++) await timers.fire('retry')
    expect((await failed).code).toBe('server')
    expect(cluster.requests.all.length - before).toBe(4)
  })

  it('an answer that is too large is not read on', async () => {
    const client = connect()
    cluster.behaveCalls('get', { body: 'x'.repeat(9 * 2 ** 20) })
    expect((await failure(client.getPod('shop', 'web-0', forever))).code).toBe('too_large')
  })

  it('a server that is not there', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const client = connect({ server: `http://127.0.0.1:${port}` })
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: forever }
    const error = await failure(Array.fromAsync(client.readLog(log)))
    expect(error.code).toBe('unreachable')
    expect(error.message).not.toContain(String(port))
    expect(error.detail).toContain('ECONNREFUSED')
  })

  it('what was called off says so', async () => {
    const abort = new AbortController()
    abort.abort()
    expect((await failure(connect().listPods({}, 100, abort.signal))).code).toBe('aborted')
  })
})

refusals(FakeCluster.start)

describe('reviews', () => {
  it('whether a user may read logs', async () => {
    cluster.allow('jane', 'shop')
    const ask = {
      user: { username: 'jane', groups: ['dev'] },
      verb: 'get',
      resource: 'pods',
      subresource: 'log',
    }
    const client = connect()
    expect(await client.reviewAccess({ ...ask, namespace: 'shop' }, forever)).toBe(true)
    expect(await client.reviewAccess({ ...ask, namespace: 'bank' }, forever)).toBe(false)
  })

  it('whose token it is', async () => {
    cluster.acceptToken('janes-token', 'jane')
    const client = connect()
    expect(await client.reviewToken('janes-token', [], forever)).toEqual({
      username: 'jane',
      groups: ['g'],
      extra: {},
    })
    expect(await client.reviewToken('other', ['weir'], forever)).toBeUndefined()
  })

  it('anything but a clear yes is a no', async () => {
    const ask = { user: { username: 'jane' }, verb: 'get', resource: 'pods' }
    const client = connect()
    for (const status of [{}, { allowed: null }, { allowed: true, denied: true }]) {
      cluster.behaveCalls('review', { body: JSON.stringify({ status }) })
      expect(await client.reviewAccess(ask, forever)).toBe(false)
    }
    cluster.behaveCalls('review', { body: '{}' })
    expect((await failure(client.reviewAccess(ask, forever))).code).toBe('bad_answer')
  })
})
