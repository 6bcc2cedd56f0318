import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { type Credentials, fixedCredentials } from '../../src/tail/kubernetes/client/credentials.ts'
import type { AccessRequest } from '../../src/tail/kubernetes/client/reviews.ts'
import { accessOf, podNamed, reader } from '../tail/support/access-kit.ts'
import { ManualTimers } from '../tail/support/manual-timers.ts'
import { Tailed } from '../tail/support/tailed.ts'
import { ControlPlane } from './support/control-plane.ts'
import { bind, GRANTED, serviceAccountToken } from './support/rbac.ts'
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

const PODS = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }
const LOGS = { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }
const TOKENS = { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }

const userNamed = (name: string): object => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' })

const ask = (user: AccessRequest['user'], namespace: string, verb = 'get'): AccessRequest => ({
  user,
  verb,
  resource: 'pods',
  subresource: 'log',
  namespace,
})

describe('whose token it is', () => {
  /** Weir itself asks for no token: who runs it so gives it the right. */
  async function reviewer(): Promise<KubernetesClient> {
    await bind(plane.admin, 'reviewer', [userNamed('reviewer')], [TOKENS])
    const client = connect(certificateOf('reviewer'))
    await expect.poll(() => client.reviewToken('x', [], forever)).toBeUndefined()
    return client
  }

  it('is known of a service account: user, groups, and what else the API server says', async () => {
    const token = await serviceAccountToken(plane.admin, 'shop', 'robot')
    const user = await (await reviewer()).reviewToken(token, [], forever)
    expect(user).toMatchObject({
      username: 'system:serviceaccount:shop:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    })
    expect(user!.uid).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is nobody, for another audience, a token that was changed, and anything else', async () => {
    const token = await serviceAccountToken(plane.admin, 'shop', 'robot')
    const client = await reviewer()
    expect(await client.reviewToken(token, ['weir'], forever)).toBeUndefined()
    expect(await client.reviewToken(`${token.slice(0, -8)}AAAAAAAA`, [], forever)).toBeUndefined()
    expect(await client.reviewToken('anything', [], forever)).toBeUndefined()
  })
})

describe('what a user may see', () => {
  it('is what the roles of the user and the groups say, by namespace', async () => {
    await plane.admin.ensure('/api/v1/namespaces', { metadata: { name: 'shop' } })
    const inShop = (path: string, body: object) => plane.admin.ensure(`${RBAC}/namespaces/shop/${path}`, body)
    await inShop('roles', { metadata: { name: 'log-readers' }, rules: [LOGS] })
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' }
    await inShop('rolebindings', {
      metadata: { name: 'log-readers' },
      roleRef: { ...rbac, kind: 'Role', name: 'log-readers' },
      subjects: [userNamed('jane'), { ...rbac, kind: 'Group', name: 'on-call' }],
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
})

describe('which pods a user may follow', () => {
  it('those of the tenant of their namespace, if the roles of the cluster let the user read their logs', async () => {
    const labels = { 'loco.io/workspace-id': 'acme' }
    await plane.admin.ensure('/api/v1/namespaces', { metadata: { name: 'acme-shop', labels } })
    await bind(plane.admin, 'ada', [userNamed('ada')], [LOGS])
    const { access } = accessOf(connect(), { mode: 'multi' }, { subjectAccessReview: true })
    const pod = podNamed('web-0', 'acme-shop')
    const kind = async (tenant: string, name: string): Promise<string> =>
      (await access.mayFollow([tenant], reader(name), pod)).kind
    await expect.poll(() => kind('acme', 'ada')).toBe('follow')
    expect(await kind('globex', 'ada')).not.toBe('follow')
    expect(await kind('acme', 'eve')).not.toBe('follow')
  })
})

describe("the gateway's own account", () => {
  it('may be a client certificate', async () => {
    await bind(plane.admin, 'robot', [userNamed('robot')], [PODS])
    const client = connect(certificateOf('robot'))
    await expect.poll(() => client.listPods({}, 10, forever).then(({ pods }) => pods)).toEqual([])
  })

  it('is told which right its role lacks, without a word of the account', async () => {
    const pod = await cluster.runPod({ name: 'web-0' })
    pod.container().log.append('secret')
    await bind(plane.admin, 'no-logs', [userNamed('no-logs')], [PODS])
    const client = connect(certificateOf('no-logs'))
    await expect.poll(() => client.listPods({}, 10, forever).then((list) => list.pods.length)).toBe(1)
    const log = { namespace: 'shop', pod: 'web-0', container: 'app', signal: forever }
    const nobody = connect(certificateOf('nobody'))
    const calls: ReadonlyArray<readonly [right: string, call: () => Promise<unknown>]> = [
      ['get pods/log in namespace shop', () => Array.fromAsync(client.readLog(log))],
      ['list pods in all namespaces', () => nobody.listPods({}, 10, forever)],
      ['watch pods in namespace shop', () => nobody.watchPods({ namespace: 'shop' }, '0', forever).next()],
      ['get pods in namespace shop', () => nobody.getPod('shop', 'web-0', forever)],
      ['get namespaces', () => nobody.getNamespace('shop', forever)],
      ['create subjectaccessreviews', () => nobody.reviewAccess(ask({ username: 'ada' }, 'shop'), forever)],
      ['create tokenreviews', () => nobody.reviewToken('x', [], forever)],
    ]
    for (const [right, call] of calls) {
      const error: unknown = await call().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'forbidden', detail: expect.stringMatching(/"no-logs"|"nobody"/) })
      expect(String(error)).toContain(`may not ${right}`)
      expect(String(error)).not.toMatch(/no-logs|nobody/)
    }
  })

  it('is not known with a token that nobody gave', async () => {
    const stranger = connect(fixedCredentials({ token: new Secret('not-a-token') }))
    await expect(stranger.listPods({}, 10, forever)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('needs every verb of deploy/rbac.yaml, and no other', async () => {
    const tailed = await Tailed.on(cluster, new ManualTimers())
    const pod = await cluster.runPod({ name: 'web-0' })
    await tailed.knows(pod)
    pod.container().log.append('one')
    const { handle, seen } = tailed.follow(pod)
    await seen.line(1)
    const { access } = accessOf(tailed.client, { mode: 'multi' }, { subjectAccessReview: true })
    await access.mayFollow(['acme'], reader('ada'), podNamed('web-0', 'acme-shop'))
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
    expect([...new Set(asked)].sort()).toEqual([...GRANTED].sort())
  })
})
