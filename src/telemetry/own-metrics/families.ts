import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { METRICS } from '../metric-table.ts'
import type { LedgerSum } from './ledger-sums.ts'

/** A point of a family, as it is now. */
export type OwnPoint = {
  readonly labels: Readonly<Record<string, string>>
  /** Of counters and gauges. */
  readonly value: number
  /** Of histograms: records per bucket, the last one above all bounds. */
  readonly histogram?: { readonly sum: number; readonly counts: ReadonlyArray<number> }
}

/** An own metric and all its points. */
export type OwnFamily = {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly bounds?: ReadonlyArray<number>
  readonly points: ReadonlyArray<OwnPoint>
}

/** As prom-client gives them: of a histogram each number is a value of its own, and buckets include those below. */
export type PromFamily = MetricObjectWithValues<MetricValue<string>>

const UNITS: ReadonlyMap<string, string> = new Map(
  Object.values(METRICS).map(({ name, unit }) => [name, unit]),
)
/** A unit that Prometheus writes into the name of a gauge, which has its name already. */
const NO_DIMENSION = '1'

/** The families of a registry. Summaries and numbers that are none are left out. */
export function familiesOf(registry: ReadonlyArray<PromFamily>): OwnFamily[] {
  return registry.flatMap((metric): OwnFamily[] => {
    const { name, help: description } = metric
    const type = String(metric.type)
    const unit = UNITS.get(name) ?? ''
    const own = { name, description, unit: unit === NO_DIMENSION ? '' : unit }
    if (type === 'histogram') return [{ ...own, type, ...histogramOf(metric) }]
    if (type !== 'counter' && type !== 'gauge') return []
    const points = metric.values
      .filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => ({ labels: texts(labels), value }))
    return [{ ...own, type, points }]
  })
}

/** The ledger's sums as two counters. */
export function ledgerFamilies(sums: ReadonlyArray<LedgerSum>): OwnFamily[] {
  const of = (
    name: string,
    description: string,
    unit: string,
    value: (sum: LedgerSum) => number,
  ): OwnFamily => ({
    ...{ name, description, unit, type: 'counter' },
    points: sums.map((sum) => ({ labels: sum.labels, value: value(sum) })),
  })
  return [
    of(
      'weir_ledger_records_total',
      'Records by tenant and what became of them: received + generated = stored + dropped + rejected.',
      '{record}',
      ({ records }) => records,
    ),
    of('weir_ledger_bytes_total', 'The same in bytes on the wire.', 'By', ({ bytes }) => bytes),
  ]
}

function histogramOf({ name, values }: PromFamily): Pick<OwnFamily, 'bounds' | 'points'> {
  type Parts = { readonly labels: Record<string, string>; sum: number; readonly buckets: Map<number, number> }
  const parts = new Map<string, Parts>()
  for (const { labels, metricName, value } of values as ReadonlyArray<
    PromFamily['values'][number] & { readonly metricName?: string }
  >) {
    const { le, ...own } = texts(labels)
    const key = JSON.stringify(own)
    const part = parts.get(key) ?? { labels: own, sum: 0, buckets: new Map() }
    parts.set(key, part)
    if (metricName === `${name}_sum`) part.sum = value
    else if (le !== undefined) part.buckets.set(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value)
  }
  const bounds = [...new Set([...parts.values()].flatMap(({ buckets }) => [...buckets.keys()]))].sort(
    (a, b) => a - b,
  )
  const points = [...parts.values()].map(({ labels, sum, buckets }): OwnPoint => {
    const upTo = bounds.map((bound) => buckets.get(bound) ?? 0)
    const counts = upTo.map((count, i) => count - (upTo[i - 1] ?? 0))
    return { labels, value: 0, histogram: { sum, counts } }
  })
  return { bounds: bounds.filter(Number.isFinite), points }
}

function texts(labels: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
}
