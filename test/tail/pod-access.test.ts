import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { LogExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import { TailHub } from '../../src/tail/hub.ts'
import type { PodAccessParts } from '../../src/tail/kubernetes/access/pod-access.ts'
import { PodReader } from '../../src/tail/kubernetes/access/pod-reader.ts'
import { podTenant } from '../../src/tail/kubernetes/access/pod-tenant.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { ANONYMOUS, type Caller } from '../../src/tenancy/caller.ts'
import { type Accessed, accessOf, podNamed, reader } from './support/access-kit.ts'
import { FakeCluster } from './support/fake-cluster.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { tick } from './support/gateways.ts'
import { fastTimers } from './support/manual-timers.ts'
import { StandInSource } from './support/stand-in-source.ts'

/** Scenario: tenants and users of one cluster. Guarantees: who may follow which pod, over outages and revocations. */

const MULTI = { mode: 'multi' } as const
const WORKSPACE = 'loco.io/workspace-id'

describe('the tenant of a pod', () => {
  type Labels = Record<string, string>
  const config = (more: object = {}) => ({
    tenantLabels: [WORKSPACE, 'loco.workspace.id'],
    tenantFrom: ['namespace', 'pod'] as ('namespace' | 'pod')[],
    ...more,
  })
  it.each<
    [
      what: string,
      tenancy: PodAccessParts['tenancy'],
      access: object,
      name: string,
      ns: Labels,
      pod: Labels,
      expected: string | undefined,
    ]
  >([
    ['of its namespace', MULTI, {}, 'n', { [WORKSPACE]: 'a' }, {}, 'a'],
    ['of its namespace before its own', MULTI, {}, 'n', { [WORKSPACE]: 'a' }, { [WORKSPACE]: 'b' }, 'a'],
    ['of its own', MULTI, {}, 'n', {}, { [WORKSPACE]: 'b' }, 'b'],
    ['by the second label', MULTI, {}, 'n', {}, { 'loco.workspace.id': 'b' }, 'b'],
    ['by the first of two', MULTI, {}, 'n', {}, { 'loco.workspace.id': 'b', [WORKSPACE]: 'c' }, 'c'],
    [
      'by any label of the namespace before any of its own',
      MULTI,
      {},
      'n',
      { 'loco.workspace.id': 'a' },
      { [WORKSPACE]: 'c' },
      'a',
    ],
    [
      'by a label of the operator',
      MULTI,
      { tenantLabels: ['team'] },
      'n',
      { team: 'x', [WORKSPACE]: 'a' },
      {},
      'x',
    ],
    [
      'not by its own, if that does not count',
      MULTI,
      { tenantFrom: ['namespace'] },
      'n',
      {},
      { [WORKSPACE]: 'b' },
      undefined,
    ],
    [
      'not by its namespace, if that does not count',
      MULTI,
      { tenantFrom: ['pod'] },
      'n',
      { [WORKSPACE]: 'a' },
      { [WORKSPACE]: 'b' },
      'b',
    ],
    ['by the name of its namespace', { ...MULTI, namespacePattern: 'ws-*' }, {}, 'ws-7', {}, {}, '7'],
    [
      'by labels before names',
      { ...MULTI, namespacePattern: 'ws-*' },
      {},
      'ws-7',
      {},
      { [WORKSPACE]: 'b' },
      'b',
    ],
    ['of nobody', { ...MULTI, namespacePattern: 'ws-*' }, {}, 'kube-system', {}, {}, undefined],
    ['of nobody by an empty label', MULTI, {}, 'n', { [WORKSPACE]: '' }, {}, undefined],
    [
      'of nobody by what is no tenant',
      MULTI,
      {},
      'n',
      { [WORKSPACE]: 'a/b' },
      { [WORKSPACE]: 'b' },
      undefined,
    ],
    ['of nobody by what objects inherit', MULTI, { tenantLabels: ['constructor'] }, 'n', {}, {}, undefined],
    ['of everybody, with tenancy single', { mode: 'single' }, {}, 'n', { [WORKSPACE]: 'a' }, {}, 'default'],
  ])('is %s', (_, tenancy, access, name, labels, pod, expected) => {
    expect(podTenant(tenancy, config(access))({ name, labels }, { labels: pod })).toBe(expected)
  })
})

let cluster: FakeCluster
let client: KubernetesClient
beforeAll(async () => {
  cluster = await FakeCluster.start()
  client = createKubernetesClient(cluster.target(), { timers: fastTimers(1000) })
  cluster.setNamespace('shop', { [WORKSPACE]: 'acme' })
  cluster.setNamespace('bank', { [WORKSPACE]: 'globex' })
  cluster.setNamespace('plain', {})
})
afterAll(async () => {
  await client.close()
  await cluster.stop()
})
afterEach(() => {
  cluster.setNamespace('shop', { [WORKSPACE]: 'acme' })
  for (const user of ['ada', 'oidc:ada', 'system:anonymous', 'https://id/ada']) cluster.forbid(user, 'shop')
})

const web = podNamed('web', 'shop')
const AWAY = [{ cut: true }, { cut: true }, { cut: true }, { cut: true }] as const
const FOLLOW = { kind: 'follow', tenantId: 'acme' }
const ABSENT = { kind: 'absent', isGone: false }
const withReview = (more: object = {}): Accessed =>
  accessOf(client, MULTI, { subjectAccessReview: true, ...more })
const asked = (verb: string): number => cluster.requests.all.filter((request) => request.verb === verb).length

describe('who may follow a pod', () => {
  it('is who reads its tenant; for all others it is not there', async () => {
    const { access } = accessOf(client, MULTI)
    const decide = (tenantIds: string[], name: string, namespace: string) =>
      access.mayFollow(tenantIds, reader('ada'), podNamed(name, namespace))
    expect(await decide(['acme'], 'web', 'shop')).toEqual(FOLLOW)
    expect(await decide(['acme', 'globex'], 'till', 'bank')).toEqual({ kind: 'follow', tenantId: 'globex' })
    expect(await decide(['acme'], 'till', 'bank')).toEqual(ABSENT)
    expect(await decide(['acme'], 'web', 'plain')).toEqual(ABSENT)
    expect(await decide(['acme'], 'web', 'no-such')).toEqual({ kind: 'absent', isGone: true })
    expect(asked('review')).toBe(0)
  })

  it('costs one look at the namespace for all its pods, until that is too old', async () => {
    const { access, pass } = accessOf(client, MULTI)
    const before = asked('namespace')
    const many = () =>
      Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          access.mayFollow(['acme'], reader('ada'), podNamed(`web-${i}`, 'shop')),
        ),
      )
    expect(await many()).toEqual(Array.from({ length: 50 }, () => FOLLOW))
    pass(29_000)
    await many()
    expect(asked('namespace')).toBe(before + 1)
    cluster.setNamespace('shop', { [WORKSPACE]: 'globex' })
    pass(2000)
    expect(await access.mayFollow(['acme'], reader('ada'), web)).toEqual(ABSENT)
    expect(asked('namespace')).toBe(before + 2)
  })

  it('asks no cluster with tenancy single, nor for namespaces whose labels do not count', async () => {
    const before = cluster.requests.all.length
    const { access } = accessOf(client, { mode: 'single' })
    expect(await access.mayFollow(['default'], ANONYMOUS, web)).toEqual({
      kind: 'follow',
      tenantId: 'default',
    })
    const byPod = accessOf(client, MULTI, { tenantFrom: ['pod'] })
    const pod = podNamed('web', 'shop', { [WORKSPACE]: 'acme' })
    expect(await byPod.access.mayFollow(['acme'], ANONYMOUS, pod)).toEqual(FOLLOW)
    expect(cluster.requests.all.length).toBe(before)
  })

  it.each<[who: string, caller: Caller, config: object, user: string]>([
    ['by its name', reader('ada'), {}, 'ada'],
    ['with a prefix', reader('ada'), { usernamePrefix: 'oidc:' }, 'oidc:ada'],
    [
      'by the name as its issuer wrote it',
      reader('https:__id_ada', { subject: 'https://id/ada' }),
      {},
      'https://id/ada',
    ],
    ['without a credential', ANONYMOUS, {}, 'system:anonymous'],
  ])('is whom the cluster lets: %s', async (_, caller, config, user) => {
    const { access, pass } = withReview(config)
    expect(await access.mayFollow(['acme'], caller, web)).toEqual({
      kind: 'refused',
      reason: 'Cluster "test": the user may not get pods/log in namespace shop.',
    })
    cluster.allow(user, 'shop')
    pass(31_000)
    expect(await access.mayFollow(['acme'], caller, web)).toEqual(FOLLOW)
  })

  it('is decided for each user and namespace anew, and asked once', async () => {
    cluster.setNamespace('shop-2', { [WORKSPACE]: 'acme' })
    cluster.allow('ada', 'shop')
    const { access } = withReview()
    const before = asked('review')
    const decide = (name: string, namespace: string) =>
      access.mayFollow(['acme'], reader(name), podNamed('web', namespace)).then(({ kind }) => kind)
    for (let i = 0; i < 3; i++)
      expect([
        await decide('ada', 'shop'),
        await decide('bob', 'shop'),
        await decide('ada', 'shop-2'),
      ]).toEqual(['follow', 'refused', 'refused'])
    expect(asked('review')).toBe(before + 3)
  })

  it.each<[who: string, caller: Caller]>([
    ['calls itself as Kubernetes calls its own', reader('system:admin')],
    ['has no name', reader('jwt', { subject: '' })],
  ])('is nobody who %s', async (_, caller) => {
    cluster.allow('system:admin', 'shop')
    cluster.allow('', 'shop')
    const before = asked('review')
    expect(await withReview().access.mayFollow(['acme'], caller, web)).toMatchObject({ kind: 'refused' })
    expect(asked('review')).toBe(before)
  })

  it('is not asked about pods of other tenants: how long it takes tells nothing', async () => {
    const before = asked('review')
    const { access } = withReview()
    expect(await access.mayFollow(['acme'], reader('ada'), podNamed('till', 'bank'))).toEqual(ABSENT)
    expect(asked('review')).toBe(before)
  })

  it('is not known while the cluster is away, which is no refusal', async () => {
    cluster.allow('ada', 'shop')
    const { access, problems } = withReview()
    cluster.behaveCalls('namespace', ...AWAY)
    const unknown = await access.mayFollow(['acme'], reader('ada'), web)
    expect(unknown).toEqual({
      kind: 'unknown',
      problem: `Cluster "test": can't read namespace shop: the connection failed or was cut.`,
    })
    cluster.behaveCalls('review', ...AWAY)
    expect(await access.mayFollow(['acme'], reader('ada'), web)).toMatchObject({ kind: 'unknown' })
    expect(problems.map(({ code }) => code)).toEqual(['unreachable', 'unreachable'])
    expect(await access.mayFollow(['acme'], reader('ada'), web)).toEqual(FOLLOW)
  })

  it('names the right that the gateway lacks', async () => {
    const { access } = accessOf(client, MULTI)
    cluster.behaveCalls('namespace', { refuse: { status: 403, message: 'no' } })
    const decision = await access.mayFollow(['acme'], reader('ada'), web)
    expect(decision).toMatchObject({
      kind: 'unknown',
      problem: expect.stringContaining('may not get namespaces'),
    })
  })
})

describe('a long tail', () => {
  /** A viewer whose source follows one pod; `until` it is closed or the test ends it. */
  async function tail({ access, pass }: Accessed, caller = reader('ada')) {
    let now = 0
    const source = new StandInSource()
    const hub = new TailHub(
      { ...defaultConfig().tail, accessCheckMs: 100, pingIntervalMs: 100 },
      { sources: [source], metrics: createMetrics(), log: pino({ level: 'silent' }), nowMs: () => now },
    )
    const socket = new FakeSocket()
    const podReader = new PodReader(access, caller)
    const watching = hub.watch({
      tenantIds: ['acme'],
      expr: parse('{app="web"}') as LogExpr,
      podReader,
      socket: socket.asSocket,
      format: nativeFormat,
      delayMs: 0,
      requestId: 'r',
      tenants: async () => ['acme'],
      start: { kind: 'now' },
    })
    await tick()
    const followed = source.feeds[0]!.query.podReader!
    expect(await followed.mayFollow(['acme'], web)).toEqual(FOLLOW)
    const clock = setInterval(() => {
      now += 100
      pass(31_000)
    }, 1)
    const stop = async () => {
      clearInterval(clock)
      await hub.stop()
      await watching
    }
    return { socket, watching, stop, followed }
  }

  it('ends when the cluster revokes the right', async () => {
    cluster.allow('ada', 'shop')
    const { socket, watching, stop } = await tail(withReview())
    cluster.forbid('ada', 'shop')
    await watching
    expect(socket.closedWith).toEqual({
      code: 1008,
      reason: 'Access was revoked: Cluster "test": the user may not get pods/log in namespace shop.',
    })
    await stop()
  })

  it('ends when the pod becomes that of another tenant', async () => {
    const { socket, watching, stop } = await tail(accessOf(client, MULTI))
    cluster.setNamespace('shop', { [WORKSPACE]: 'globex' })
    await watching
    expect(socket.closedWith).toEqual({
      code: 1008,
      reason: 'Access was revoked: Pod shop/web is no longer of this tenant.',
    })
    await stop()
  })

  it('goes on while nobody can be asked, and when the namespace goes', async () => {
    const { socket, stop, followed } = await tail(accessOf(client, MULTI))
    const from = cluster.requests.all.length
    cluster.behaveCalls('namespace', ...AWAY, ...AWAY, { refuse: { status: 403, message: 'no' } })
    const looks = () => cluster.requests.all.slice(from).filter(({ verb }) => verb === 'namespace').length
    await cluster.requests.until(() => looks() >= 10)
    expect(socket.readyState).toBe(1)
    cluster.deleteNamespace('shop')
    await cluster.requests.find(({ verb }) => verb === 'namespace', cluster.requests.all.length)
    await followed.recheck()
    expect(socket.readyState).toBe(1)
    await stop()
    expect(socket.closedWith).toMatchObject({ code: 1001 })
  })

  it('is shared by those whom the cluster tells the same, and by nobody else', async () => {
    cluster.allow('ada', 'shop')
    const key = ({ access }: Accessed, caller: Caller) => new PodReader(access, caller).key
    expect(key(withReview(), reader('ada'))).not.toBe(key(withReview(), reader('bob')))
    expect(key(withReview(), reader('ada'))).toBe(key(withReview(), reader('ada')))
    expect(key(accessOf(client, MULTI), reader('ada'))).toBe(key(accessOf(client, MULTI), reader('bob')))
  })
})
