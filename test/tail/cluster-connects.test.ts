import { createHook } from 'node:async_hooks'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { LabelMapping } from '../../src/query/loki/execute/labels.ts'
import type { SocketRequest } from '../../src/query/socket-route.ts'
import { ResourceResolver } from '../../src/store/rows/resources.ts'
import { storeOptions } from '../../src/store/store-options.ts'
import { ContainerLabels } from '../../src/tail/cluster/container-labels.ts'
import { ClusterSource } from '../../src/tail/cluster/source.ts'
import { lokiTailRoute } from '../../src/tail/fronts/loki.ts'
import { nativeTailRoute } from '../../src/tail/fronts/native.ts'
import { TailHub } from '../../src/tail/hub.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { systemTimers } from '../../src/tail/kubernetes/timers.ts'
import { LineRules } from '../../src/tail/rules/line-rules.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { ANONYMOUS } from '../../src/tenancy/caller.ts'
import { build } from '../processors/filter/build.ts'
import { testDeps } from '../processors/kit.ts'
import { accessOf } from './support/access-kit.ts'
import { FakeCluster } from './support/fake-cluster.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { tick } from './support/gateways.ts'

/**
 * Scenario: 10,000 tails of a cluster come and go, through both fronts: many at a time, some before they are told anything, of
 * queries that share pods. Guarantee: no feed, upstream, watch, connection, timer or listener is left, by counting.
 */

const CONNECTS = 10_000
const AT_ONCE = 500
const PODS = 5

let cluster: FakeCluster
let client: KubernetesClient
beforeAll(async () => {
  hook.enable()
  cluster = await FakeCluster.start()
  cluster.clock.pass(Math.floor(Date.now() / 1000) - cluster.clock.seconds)
  client = createKubernetesClient(cluster.target(), { timers: systemTimers })
})
afterAll(async () => {
  hook.disable()
  await client.close()
  await cluster.stop()
})

function world() {
  const config = defaultConfig()
  const rules = new LineRules({ pipeline: build({ redact: {}, severity: {} }, testDeps()) })
  const { resources } = storeOptions(config, 'g', 0)
  const labels = new ContainerLabels(new LabelMapping(config.query), new ResourceResolver(resources), rules)
  const failures: unknown[] = []
  const { podsMax, ringBytesMax } = config.kubernetes
  const source = new ClusterSource({
    client,
    session: {
      podsMax,
      ringBytesMax,
      lingerMs: 0,
      tail: { opensPerSecond: 1e6 },
      onProblem: (error) => failures.push(error),
    },
    labels,
    rules,
    marginMs: 30_000,
    nowMs: Date.now,
    stored: async () => new Map(),
    newest: async () => new Map(),
    failed: (error) => failures.push(error),
  })
  const metrics = createMetrics()
  const limits = { ...config.tail, viewersMax: AT_ONCE + 1, viewersPerTenant: AT_ONCE + 1 }
  const log = pino({ level: 'silent' })
  const hub = new TailHub(limits, { sources: [source], metrics, log, nowMs: Date.now })
  const podAccess = accessOf(client, { mode: 'single' }).access
  const front = { hub, historyLinesMax: 100, pingIntervalMs: 10_000, metrics, nowMs: Date.now, podAccess }
  return { hub, source, failures, metrics, routes: [nativeTailRoute(front), lokiTailRoute(front)] as const }
}

const QUERIES = Array.from({ length: PODS }, (_, i) => `{pod="shop-${i}"}`)
QUERIES.push('{namespace="shop"}', '{namespace="shop"} |= "line" | logfmt')

it(`keeps nothing of ${CONNECTS} tails that came and went`, { timeout: 120_000 }, async () => {
  const { hub, source, failures, metrics, routes } = world()
  const pods = Array.from({ length: PODS }, (_, i) =>
    cluster.runPod({ namespace: 'shop', name: `shop-${i}` }),
  )
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warned)
  const open = (
    nth: number,
    query = QUERIES[nth % QUERIES.length]!,
  ): { readonly socket: FakeSocket; readonly done: Promise<unknown> } => {
    const socket = new FakeSocket()
    const request: SocketRequest = {
      requestId: String(nth),
      query: new URLSearchParams({ query, limit: '100' }),
      headers: {},
      reader: async () => ({ caller: ANONYMOUS, tenantIds: ['default'] }),
      accept: async () => socket.asSocket,
    }
    return { socket, done: routes[nth % 2]!.handle(request) }
  }
  const come = async (first: number, count: number): Promise<void> => {
    const all = Array.from({ length: count }, (_, i) => open(first + i))
    // A tenth leaves at once.
    await tick()
    for (const [i, { socket }] of all.entries()) if (i % 10 === 0) socket.close()
    for (const pod of pods) pod.container().log.append('line=1')
    const told = (): boolean => all.every(({ socket }, i) => i % 10 === 0 || socket.sent.some(hasLine))
    await expect.poll(told, { timeout: 10_000, interval: 5 }).toBe(true)
    for (const { socket } of all) socket.close()
    await Promise.all(all.map(({ done }) => done))
    for (const { socket } of all) expect(socket.listenerCount('close')).toBe(0)
  }
  let isKept = false
  const rest = async (): Promise<void> => {
    const left = () => [source.counts, cluster.kubelet.openFollows.length, cluster.openWatches, hub.counts]
    await expect.poll(left, { interval: 5 }).toEqual(isKept ? ONE : NOTHING)
  }
  cluster.runPod({ namespace: 'kept', name: 'keeper' })
  let keeper: ReturnType<typeof open> | undefined
  await come(0, AT_ONCE)
  await rest()
  // Counted as later, within a poll: that has timers of its own.
  let before: Counts = {}
  await expect.poll(() => (before = resources())).toBeTruthy()
  for (let done = 0; done < CONNECTS; done += AT_ONCE) {
    await come(done, AT_ONCE)
    await rest()
    if (done < CONNECTS / 2 || isKept) continue
    // From half time on somebody stays: what the others used must go all the same.
    isKept = true
    keeper = open(0, '{pod="keeper"}')
    await rest()
  }
  keeper?.socket.close()
  await keeper?.done
  isKept = false
  await rest()
  for (const front of ['native', 'loki']) expect(metrics.tailViewers.cell(front).value).toBe(0)
  await expect.poll(() => over(before, resources()), { timeout: 15_000 }).toEqual({})
  expect([failures, warnings]).toEqual([[], []])
  process.off('warning', warned)
  await hub.stop()
})

const count = (number: number) => [
  { feeds: number, upstreams: number, isWatching: number > 0 },
  number,
  number,
  { viewers: number, feeds: number, watched: number },
]
const NOTHING = count(0)
const ONE = count(1)
const hasLine = (frame: string): boolean => frame.includes('line=1')

type Counts = Readonly<Record<string, number>>

/** Every timer that is set, also those that keep no process alive. */
const timers = new Set<number>()
const hook = createHook({
  init: (id, type) => void (type === 'Timeout' && timers.add(id)),
  destroy: (id) => void timers.delete(id),
})

/** Timers, and what else keeps a process alive, by kind. */
function resources(): Counts {
  const counts: Record<string, number> = { timers: timers.size }
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** What there is more of than before, the runner's own aside. */
function over(before: Counts, now: Counts): Counts {
  const kinds = ['timers', 'Timeout', 'TCPSocketWrap', 'TLSWrap', 'TCPServerWrap', 'GetAddrInfoReqWrap']
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const more = (now[kind] ?? 0) - (before[kind] ?? 0)
      return more > 0 ? [[kind, more]] : []
    }),
  )
}
