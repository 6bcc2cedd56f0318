import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { type Credentials, fixedCredentials } from '../../src/tail/kubernetes/client/credentials.ts'
import type { AccessRequest } from '../../src/tail/kubernetes/client/reviews.ts'
import { ManualTimers } from '../tail/support/manual-timers.ts'
import { Tailed } from '../tail/support/tailed.ts'
import { ControlPlane } from './support/control-plane.ts'
import { bind, serviceAccountToken, WEIR_RULES } from './support/rbac.ts'
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

describe('whose token it is', () => {
  it('is known of a service account: user, groups, and what else the API server says', async () => {
    const token = await serviceAccountToken(plane.admin, 'shop', 'robot')
    const user = await connect().reviewToken(token, [], forever)
    expect(user).toMatchObject({
      username: 'system:serviceaccount:shop:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    })
    expect(user!.uid).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is nobody, for another audience, a token that was changed, and anything else', async () => {
    const token = await serviceAccountToken(plane.admin, 'shop', 'robot')
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
    await plane.admin.ensure('/api/v1/namespaces', { metadata: { name: 'shop' } })
    const rules = [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]
    const inShop = (path: string, body: object) => plane.admin.ensure(`${RBAC}/namespaces/shop/${path}`, body)
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
  it('may be a client certificate', async () => {
    const robot = { kind: 'User', name: 'robot', apiGroup: 'rbac.authorization.k8s.io' }
    await bind(plane.admin, 'robot', [robot], WEIR_RULES)
    const client = connect(certificateOf('robot'))
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
    const error: unknown = await refused.catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('"no-logs" cannot get'),
    })
    expect(String(error)).toContain('shop/web-0')
    expect(String(error)).not.toContain('no-logs')
    await expect(connect(certificateOf('nobody')).listPods({}, 10, forever)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(
      connect(fixedCredentials({ token: new Secret('not-a-token') })).listPods({}, 10, forever),
    ).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('needs every verb of its role, and no other', async () => {
    const tailed = await Tailed.on(cluster, new ManualTimers())
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
