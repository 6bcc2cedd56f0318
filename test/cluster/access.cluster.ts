import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { type Credentials, fixedCredentials } from '../../src/tail/kubernetes/client/credentials.ts'
import type { AccessRequest } from '../../src/tail/kubernetes/client/reviews.ts'
import { ManualTimers } from '../tail/support/manual-timers.ts'
import { Tailed } from '../tail/support/tailed.ts'
import { ControlPlane } from './support/control-plane.ts'
import { bind, WEIR_RULES } from './support/rbac.ts'
import { RealCluster } from './support/real-cluster.ts'

/** Scenario: users, service accounts and roles of a real API server. Guarantees: Weir asks and understands RBAC as it is. */

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const forever = new AbortController().signal

let plane: ControlPlane
let cluster: RealCluster
const clients: KubernetesClient[] = []

beforeAll(async () => {
  plane = await ControlPlane.start()
})
afterAll(() => plane.stop())
beforeEach(async () => {
  cluster = await RealCluster.start(plane)
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster.stop()
})

function connect(credentials?: Credentials): KubernetesClient {
  const target = { ...cluster.target(), ...(credentials === undefined ? {} : { credentials }) }
  const client = createKubernetesClient(target, { timers: new ManualTimers() })
  clients.push(client)
  return client
}

function certificateOf(user: string, groups: ReadonlyArray<string> = []): Credentials {
  const { cert, key } = plane.authority.client(user, groups)
  return fixedCredentials({ cert, key: new Secret(key) })
}

/** A service account and a token of it, as the kubelet would mount one. */
async function serviceAccountToken(namespace: string, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const ALREADY_THERE = 409
  const post = (path: string, body: object) => plane.admin.do({ method: 'POST', path, body }, ALREADY_THERE)
  await post('/api/v1/namespaces', { metadata: { name: namespace } })
  await post(accounts, { metadata: { name } })
  const { status } = await post(`${accounts}/${name}/token`, { spec: {} })
  return status!.token!
}

describe('whose token it is', () => {
  it('is known of a service account: user, groups, and what else the API server says', async () => {
    const token = await serviceAccountToken('shop', 'robot')
    const user = await connect().reviewToken(token, [], forever)
    expect(user).toMatchObject({
      username: 'system:serviceaccount:shop:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    })
    expect(user!.uid).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is nobody, for another audience, a token that was changed, and anything else', async () => {
    const token = await serviceAccountToken('shop', 'robot')
    const client = connect()
    expect(await client.reviewToken(token, ['weir'], forever)).toBeUndefined()
    expect(await client.reviewToken(`${token.slice(0, -8)}AAAAAAAA`, [], forever)).toBeUndefined()
    expect(await client.reviewToken('anything', [], forever)).toBeUndefined()
  })
})

describe('what a user may see', () => {
  const ask = (user: AccessRequest['user'], namespace: string, verb = 'get'): AccessRequest => ({
    user,
    verb,
    resource: 'pods',
    subresource: 'log',
    namespace,
  })

  it('is what the roles of the user and the groups say, by namespace', async () => {
    await plane.admin.do(
      { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'shop' } } },
      409,
    )
    const rules = [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]
    const inShop = (path: string, body: object) =>
      plane.admin.do({ method: 'POST', path: `${RBAC}/namespaces/shop/${path}`, body }, 409)
    await inShop('roles', { metadata: { name: 'log-readers' }, rules })
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' }
    await inShop('rolebindings', {
      metadata: { name: 'log-readers' },
      roleRef: { ...rbac, kind: 'Role', name: 'log-readers' },
      subjects: [
        { ...rbac, kind: 'User', name: 'jane' },
        { ...rbac, kind: 'Group', name: 'on-call' },
      ],
    })
    const client = connect()
    const jane = { username: 'jane', groups: ['dev'] }
    const joe = { username: 'joe', groups: ['on-call'] }
    const may = (request: AccessRequest): Promise<boolean> => client.reviewAccess(request, forever)
    // The authorizer learns of a role by its own watch.
    await expect.poll(() => may(ask(jane, 'shop'))).toBe(true)
    expect(await may(ask(jane, 'bank'))).toBe(false)
    expect(await may(ask(joe, 'shop'))).toBe(true)
    expect(await may(ask({ username: 'joe' }, 'shop'))).toBe(false)
    expect(await may(ask(jane, 'shop', 'list'))).toBe(false)
    expect(await may({ user: jane, verb: 'get', resource: 'pods', namespace: 'shop' })).toBe(false)
    expect(await may(ask({ username: 'admin', groups: ['system:masters'] }, 'bank'))).toBe(true)
  })

  it('is asked for by an account that may ask, and nobody else', async () => {
    const nobody = connect(certificateOf('nobody'))
    await expect(nobody.reviewAccess(ask({ username: 'jane' }, 'shop'), forever)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(nobody.reviewToken('x', [], forever)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe("the gateway's own account", () => {
  it('may be a service account, by its token', async () => {
    const token = await serviceAccountToken('weir', 'gateway')
    const subject = { kind: 'ServiceAccount', namespace: 'weir', name: 'gateway' }
    await bind(plane.admin, 'weir-by-token', [subject], WEIR_RULES)
    const client = connect(fixedCredentials({ token: new Secret(token) }))
    await expect.poll(() => client.listPods({}, 10, forever).then(({ pods }) => pods)).toEqual([])
  })

  it('is refused what its role lacks, without a word of the account', async () => {
    const pod = await cluster.runPod({ name: 'web-0' })
    pod.container().log.append('secret')
    const [pods] = WEIR_RULES
    await bind(
      plane.admin,
      'no-logs',
      [{ kind: 'User', name: 'no-logs', apiGroup: 'rbac.authorization.k8s.io' }],
      [pods],
    )
    const client = connect(certificateOf('no-logs'))
    await expect.poll(() => client.listPods({}, 10, forever).then((list) => list.pods.length)).toBe(1)
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: forever }
    const refused = Array.fromAsync(client.readLog(log))
    await expect(refused).rejects.toMatchObject({
      code: 'forbidden',
      message:
        'Cluster "test": can\'t read the log of shop/web-0, container app: the gateway\'s account lacks the right; ' +
        'give it get, list and watch on pods and get on pods/log.',
    })
    await expect(connect(certificateOf('nobody')).listPods({}, 10, forever)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(
      connect(fixedCredentials({ token: new Secret('not-a-token') })).listPods({}, 10, forever),
    ).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('needs every verb of its role, and no other', async () => {
    const tailed = await Tailed.start(cluster)
    const pod = await cluster.runPod({ name: 'web-0' })
    await tailed.knows(pod)
    pod.container().log.append('one')
    const { handle, seen } = tailed.follow(pod)
    await seen.line(1)
    await tailed.client.reviewToken('x', [], forever)
    await tailed.client.reviewAccess({ user: { username: 'jane' }, verb: 'get', resource: 'pods' }, forever)
    await cluster.finishPod(pod)
    await handle.done
    await tailed.tail.stop()
    await tailed.view.stop()
    await tailed.client.close()
    const asked = (await plane.audit()).flatMap(({ verb, objectRef }) =>
      objectRef === undefined
        ? []
        : [`${verb} ${[objectRef.resource, objectRef.subresource].filter(Boolean).join('/')}`],
    )
    const granted = WEIR_RULES.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    )
    expect([...new Set(asked)].sort()).toEqual(granted.sort())
  })
})
