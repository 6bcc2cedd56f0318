import { Buffer } from 'node:buffer'
import type { Series } from '../../query/promql/reference.ts'
import { END_MS, SAMPLE_TIMES, START_MS } from './clock.ts'
import { type Labels, prometheusSeries, type WorldMetric, type WorldSeries } from './metrics.ts'
import { ownSeries } from './own-metrics.ts'
import { randomOf } from './random.ts'

/** What three tenants sent. Two have equal names and other numbers, so that a number of the wrong tenant is seen. */

export const TENANTS = ['acme', 'globex', 'weir'] as const
export type Tenant = (typeof TENANTS)[number]

export type WorldLog = {
  readonly timeMs: number
  readonly resource: Labels
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  readonly body: string
  readonly traceId?: string
}
export type World = {
  readonly sent: ReadonlyArray<WorldSeries>
  /** As Prometheus would have them. */
  readonly series: ReadonlyArray<Series>
  /** By time. */
  readonly logs: ReadonlyArray<WorldLog>
}

type Workload = {
  readonly namespace: string
  /** The attribute that names it. */
  readonly kind: 'k8s.deployment.name' | 'k8s.statefulset.name'
  readonly name: string
  readonly service: string
  readonly pods: number
}
/** A dot and a bracket: Grafana has to escape them in patterns. */
export const WORKLOADS: ReadonlyArray<Workload> = [
  { namespace: 'shop', kind: 'k8s.deployment.name', name: 'checkout', service: 'checkout', pods: 2 },
  { namespace: 'shop', kind: 'k8s.deployment.name', name: 'cart', service: 'cart.v2', pods: 3 },
  { namespace: 'pay', kind: 'k8s.statefulset.name', name: 'ledger', service: 'ledger', pods: 1 },
]

const gauge = (name: string, unit: string, prometheus: string): WorldMetric => ({
  name,
  unit,
  kind: 'gauge',
  prometheus,
})
const K8S = {
  cpu: gauge('k8s.pod.cpu.usage', '{cpu}', 'k8s_pod_cpu_usage'),
  memory: gauge('k8s.pod.memory.working_set', 'By', 'k8s_pod_memory_working_set_bytes'),
  cpuOfLimit: gauge('k8s.pod.cpu_limit_utilization', '1', 'k8s_pod_cpu_limit_utilization_ratio'),
  memoryOfLimit: gauge('k8s.pod.memory_limit_utilization', '1', 'k8s_pod_memory_limit_utilization_ratio'),
  phase: gauge('k8s.pod.phase', '', 'k8s_pod_phase'),
  restarts: gauge('k8s.container.restarts', '{restart}', 'k8s_container_restarts'),
  network: {
    name: 'k8s.pod.network.io',
    unit: 'By',
    kind: 'counter',
    prometheus: 'k8s_pod_network_io_bytes_total',
  },
} as const satisfies Record<string, WorldMetric>
const CALLS: WorldMetric = {
  name: 'traces.span.metrics.calls',
  unit: '{call}',
  kind: 'counter',
  prometheus: 'traces_span_metrics_calls_total',
}
const DURATION: WorldMetric = {
  name: 'traces.span.metrics.duration',
  unit: 's',
  kind: 'histogram',
  prometheus: 'traces_span_metrics_duration_seconds',
  bounds: [0.01, 0.05, 0.1, 0.5, 1],
}
const HTTP: WorldMetric = {
  name: 'http.server.request.duration',
  unit: 's',
  kind: 'histogram',
  prometheus: 'http_server_request_duration_seconds',
  bounds: [0.005, 0.1, 0.5, 2.5],
}
const GRAPH: ReadonlyArray<WorldMetric> = ['request_total', 'request_failed_total'].map((name) => ({
  name: `traces_service_graph_${name}`,
  unit: '',
  kind: 'counter',
  prometheus: `traces_service_graph_${name}`,
}))
const GRAPH_SECONDS: WorldMetric = {
  name: 'traces_service_graph_request_server',
  unit: 's',
  kind: 'histogram',
  prometheus: 'traces_service_graph_request_server_seconds',
  bounds: DURATION.bounds!,
}

/** Values that wander between bounds. */
function wandering(random: () => number, from: number, to: number): number[] {
  return SAMPLE_TIMES.map(() => from + random() * (to - from))
}
/** Sums that grow, by whole numbers; at `resetAt` the process began anew. */
export function growing(random: () => number, most: number, resetAt = -1): number[] {
  let value = Math.floor(random() * 1000)
  return SAMPLE_TIMES.map((_, i) => {
    if (i === resetAt) value = 0
    value += Math.floor(random() * most)
    return value
  })
}

function podsOf(random: () => number, size: number): WorldSeries[] {
  return WORKLOADS.flatMap(({ namespace, kind, name, pods }, w) =>
    Array.from({ length: pods }, (_, p) => {
      const resource = {
        'k8s.namespace.name': namespace,
        [kind]: name,
        'k8s.pod.name': `${name}-${p}`,
        'k8s.pod.uid': `uid-${name}-${p}`,
      }
      const of = (metric: WorldMetric, values: number[], attributes: Labels = {}): WorldSeries => ({
        metric,
        resource,
        attributes,
        values,
      })
      const pending = name === 'cart' && p === 2
      const container = { ...resource, 'k8s.container.name': 'main' }
      // One restart within the range, of one pod.
      const restarts = SAMPLE_TIMES.map((time) => (p === 0 && w === 0 && time > START_MS + 600_000 ? 3 : 2))
      return [
        of(K8S.cpu, wandering(random, 0.1 * size, 0.9 * size)),
        of(K8S.memory, wandering(random, 1e8 * size, 3e8 * size).map(Math.round)),
        of(K8S.cpuOfLimit, wandering(random, 0.1, 0.9)),
        of(K8S.memoryOfLimit, wandering(random, 0.2, 0.8)),
        of(
          K8S.phase,
          SAMPLE_TIMES.map(() => (pending ? 1 : 2)),
        ),
        { ...of(K8S.restarts, restarts), resource: container },
        ...['receive', 'transmit'].flatMap((direction) =>
          ['eth0', 'eth1'].map((card) =>
            of(K8S.network, growing(random, 50_000 * size, p === 1 ? 40 : -1), {
              direction,
              interface: card,
            }),
          ),
        ),
      ]
    }).flat(),
  )
}

type Span = {
  readonly operation: string
  readonly kind: string
  readonly status: string
  readonly most: number
}
const SPANS: ReadonlyArray<Span> = [
  { operation: 'POST /checkout', kind: 'SPAN_KIND_SERVER', status: 'STATUS_CODE_UNSET', most: 300 },
  { operation: 'POST /checkout', kind: 'SPAN_KIND_SERVER', status: 'STATUS_CODE_ERROR', most: 20 },
  { operation: 'GET /health', kind: 'SPAN_KIND_SERVER', status: 'STATUS_CODE_UNSET', most: 40 },
  { operation: 'SELECT', kind: 'SPAN_KIND_CLIENT', status: 'STATUS_CODE_ERROR', most: 90 },
]

export const traceOf = (tenant: string, i: number): string =>
  Buffer.from(`${tenant}-trace-${i}`.padEnd(16, '.')).toString('hex').slice(0, 32)

function spanMetrics(random: () => number, tenant: string): WorldSeries[] {
  return WORKLOADS.flatMap(({ service, namespace }) =>
    SPANS.flatMap(({ operation, kind, status, most }, n) => {
      const resource = {
        'service.name': service,
        'k8s.namespace.name': namespace,
        'telemetry.sdk.language': 'nodejs',
      }
      const attributes = { 'span.name': operation, 'span.kind': kind, 'status.code': status }
      const counts = DURATION.bounds!.concat(0).map((_, b) => growing(random, most / (b + 1)))
      const values = SAMPLE_TIMES.map((_, i) => counts.map((bucket) => bucket[i]!))
      const calls = values.map((buckets) => buckets.reduce((a, b) => a + b, 0))
      const sums = calls.map((count) => count * 0.07)
      const exemplars = [20, 40, 60].map((i) => ({
        timeMs: SAMPLE_TIMES[i]!,
        value: 0.04 + n / 10,
        traceId: traceOf(tenant, i),
      }))
      return [
        { metric: CALLS, resource, attributes, values: calls },
        { metric: DURATION, resource, attributes, values, sums, exemplars },
      ]
    }),
  )
}

const ROUTES = ['/checkout', '/health'] as const

function httpMetrics(random: () => number, tenant: string): WorldSeries[] {
  return WORKLOADS.flatMap(({ service }) =>
    ROUTES.map((route, n) => {
      const counts = HTTP.bounds!.concat(0).map(() => growing(random, 50))
      const values = SAMPLE_TIMES.map((_, i) => counts.map((bucket) => bucket[i]!))
      return {
        metric: HTTP,
        resource: { 'service.name': service, 'service.instance.id': `${service}-1` },
        attributes: { 'http.route': route },
        values,
        sums: values.map((buckets) => buckets.reduce((a, b) => a + b, 0) * 0.03),
        exemplars: [25, 45].map((i) => ({
          timeMs: SAMPLE_TIMES[i]!,
          value: 0.2 + n / 10,
          traceId: traceOf(tenant, i),
        })),
      }
    }),
  )
}

function serviceGraph(random: () => number): WorldSeries[] {
  const edges = [
    ['checkout', 'cart.v2'],
    ['checkout', 'ledger'],
    ['cart.v2', 'ledger'],
    ['ledger', 'postgresql'],
  ] as const
  const failing = ({ name }: WorldMetric): boolean => name.includes('failed')
  return edges.flatMap(([client, server]) => {
    const attributes = { client, server, connection_type: '' }
    const counted = GRAPH.map((metric) => ({
      metric,
      resource: {},
      attributes,
      values: growing(random, failing(metric) ? 10 : 200),
    }))
    const counts = DURATION.bounds!.concat(0).map(() => growing(random, 30))
    const values = SAMPLE_TIMES.map((_, i) => counts.map((bucket) => bucket[i]!))
    const sums = values.map((buckets) => buckets.reduce((a, b) => a + b, 0) * 0.02)
    return [...counted, { metric: GRAPH_SECONDS, resource: {}, attributes, values, sums }]
  })
}

const LEVELS = ['debug', 'info', 'info', 'info', 'info', 'warn', 'error', 'fatal'] as const

function logsOf(random: () => number, tenant: string): WorldLog[] {
  const logs = Array.from({ length: 900 }, (_, i): WorldLog => {
    const { namespace, kind, name, service, pods } = WORKLOADS[Math.floor(random() * WORKLOADS.length)]!
    const level = LEVELS[Math.floor(random() * LEVELS.length)]!
    const pod = `${name}-${Math.floor(random() * pods)}`
    return {
      // Each at a millisecond of its own, and none on an edge.
      timeMs: Math.floor(START_MS - 60_000 + (i * (END_MS - START_MS + 90_000)) / 900) + 1,
      resource: {
        'service.name': service,
        'k8s.namespace.name': namespace,
        [kind]: name,
        'k8s.pod.name': pod,
      },
      level,
      body: `${tenant} ${level === 'error' ? 'Überlauf' : 'request'} ${i} of ${i % 7 === 0 ? 'ORDER' : 'user'} ${pod}`,
      ...(i % 3 === 0 ? { traceId: traceOf(tenant, i) } : {}),
    }
  })
  return logs.filter(({ timeMs }) => timeMs % 60_000 !== 0)
}

function worldOf(tenant: Tenant, seed: number, size: number): World {
  const random = randomOf(seed)
  const sent =
    tenant === 'weir'
      ? ownSeries(random)
      : [
          ...podsOf(random, size),
          ...spanMetrics(random, tenant),
          ...httpMetrics(random, tenant),
          ...serviceGraph(random),
        ]
  return {
    sent,
    series: sent.flatMap(prometheusSeries),
    logs: tenant === 'weir' ? [] : logsOf(random, tenant),
  }
}

export const WORLDS: Readonly<Record<Tenant, World>> = {
  acme: worldOf('acme', 11, 1),
  globex: worldOf('globex', 12, 1000),
  weir: worldOf('weir', 13, 1),
}
