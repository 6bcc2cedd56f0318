import { METRICS } from '../../../src/telemetry/metric-table.ts'
import { SAMPLE_TIMES } from './clock.ts'
import type { Labels, WorldSeries } from './metrics.ts'

/** What two gateways send of themselves: names, units and types are those of Weir's table of metrics; the values are made up. */

const GATEWAYS = ['gw-0', 'gw-1'] as const

/** Values of the labels that dashboards look at; others have one. */
const VALUES: Readonly<Record<string, ReadonlyArray<string>>> = {
  signal: ['logs', 'traces', 'metrics'],
  outcome: ['ok', 'partial', 'overloaded', 'invalid'],
  reason: ['filter/noise', 'sample'],
  table: ['logs', 'samples'],
  failure: ['busy', 'unknown'],
  route: ['/api/v1/logs', '/loki/api/v1/query_range', '/api/v1/traces'],
  status: ['200', '503'],
  front: ['native', 'loki'],
  tenant: ['acme', 'globex'],
  kind: ['received', 'stored', 'dropped', 'dry_run'],
  transport: ['grpc', 'http'],
}

function combinations(names: ReadonlyArray<string>): Labels[] {
  return names.reduce<Labels[]>(
    (all, name) =>
      all.flatMap((one) => (VALUES[name] ?? ['any']).map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}

function growth(random: () => number, most: number): number[] {
  let value = 0
  return SAMPLE_TIMES.map(() => {
    value += Math.floor(random() * most)
    return value
  })
}

/** prom-client's own, as far as dashboards use them. */
const OF_THE_PROCESS = [
  { type: 'counter', name: 'process_cpu_seconds_total' },
  { type: 'gauge', name: 'process_resident_memory_bytes' },
  { type: 'gauge', name: 'nodejs_eventloop_lag_p99_seconds' },
] as const

/** The ledger's sums, which are in no registry. */
const LEDGER = [
  ['weir_ledger_records_total', '{record}'],
  ['weir_ledger_bytes_total', 'By'],
] as const

export function ownSeries(random: () => number): WorldSeries[] {
  return GATEWAYS.flatMap((instance) => {
    const resource = { 'service.name': 'weir', 'service.instance.id': instance }
    const numbers = (
      type: 'counter' | 'gauge',
      name: string,
      unit: string,
      attributes: Labels,
    ): WorldSeries => ({
      // The unit of Prometheus' text is in the name already; that of a gauge of 1 would become a suffix.
      metric: { name, unit: unit === '1' ? '' : unit, kind: type, prometheus: name },
      resource,
      attributes,
      values: type === 'counter' ? growth(random, 500) : SAMPLE_TIMES.map(() => Math.floor(random() * 1e6)),
    })
    const table = Object.values(METRICS).flatMap((row) =>
      combinations(row.labels).map((attributes): WorldSeries => {
        if (row.type !== 'histogram') return numbers(row.type, row.name, row.unit, attributes)
        const counts = [...row.buckets, 0].map(() => growth(random, 30))
        const values = SAMPLE_TIMES.map((_, i) => counts.map((bucket) => bucket[i]!))
        const sums = values.map((buckets) => buckets.reduce((a, b) => a + b, 0) * 0.05)
        return {
          metric: {
            name: row.name,
            unit: row.unit,
            kind: 'histogram',
            prometheus: row.name,
            bounds: row.buckets,
          },
          resource,
          attributes,
          values,
          sums,
        }
      }),
    )
    const ledger = LEDGER.flatMap(([name, unit]) =>
      combinations(['tenant', 'signal', 'kind', 'reason']).map((labels) =>
        numbers('counter', name, unit, labels),
      ),
    )
    return [...table, ...ledger, ...OF_THE_PROCESS.map(({ type, name }) => numbers(type, name, '', {}))]
  })
}
