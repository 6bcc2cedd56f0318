import type { Series } from '../../logql/metrics/series.ts'
import { combined } from '../../promql/histogram/arithmetic.ts'
import { rescaledBuckets } from '../../promql/histogram/buckets.ts'
import {
  type Buckets,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type Histogram,
  NO_BUCKETS,
} from '../../promql/histogram/histogram.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { marks } from './doubles.ts'
import { type FloatChunk, tooManySamples } from './float-series.ts'
import type { Lane } from './lanes.ts'
import { pointConditions, seriesByKey, seriesKey, stale } from './points.ts'
import type { Interval, TenantRun } from './store.ts'

export type NativeSamples = {
  readonly timesMs: Float64Array
  readonly values: ReadonlyArray<Histogram>
  /** Staleness markers, which stand among floats; undefined where there is none. */
  readonly stale: FloatChunk | undefined
}
type Own = { readonly samples: Map<number, Histogram>; readonly staleMs: number[] }

type Row = {
  readonly s: string
  readonly t: string
  readonly stale: 0 | 1
  readonly count: number
  readonly sum: number
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positiveOffset: number
  readonly positive: ReadonlyArray<number>
  readonly negativeOffset: number
  readonly negative: ReadonlyArray<number>
}

/** Exponential histograms of a lane, by series, in the order of their times. */
export async function readNative(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  samplesMax: number,
): Promise<Map<Series, NativeSamples>> {
  const points = tenant.store.points[lane.table]
  const number = (column: string) => sql`toFloat64(${points.column(column)})`
  const numbers = (column: string) => sql`arrayMap(n -> toFloat64(n), ${points.column(column)})`
  const statement = select({
    from: points,
    tenantId: tenant.tenantId,
    columns: {
      s: sql`toString(${seriesKey(points, lane)})`,
      t: sql`toString(toUnixTimestamp64Milli(toDateTime64(${points.column('TimeUnix')}, 3, 'UTC')))`,
      stale: stale(points),
      count: number('Count'),
      sum: number('Sum'),
      scale: points.column('Scale'),
      zeroCount: number('ZeroCount'),
      zeroThreshold: points.column('ZeroThreshold'),
      positiveOffset: points.column('PositiveOffset'),
      positive: numbers('PositiveBucketCounts'),
      negativeOffset: points.column('NegativeOffset'),
      negative: numbers('NegativeBucketCounts'),
    },
    where: pointConditions(points, lane, interval),
    orderBy: [points.column('TimeUnix')],
    limit: Math.min(samplesMax, ROWS_MAX) + 1,
  })
  const byKey = seriesByKey(lane)
  const found = new Map<Series, Own>()
  let left = samplesMax
  for await (const rows of tenant.store.queries.stream<Row>(statement, tenant.run))
    for (const row of rows) {
      if (--left < 0) throw tooManySamples(samplesMax)
      const series = byKey.get(row.s)?.series
      if (series === undefined) continue
      const own: Own = found.get(series) ?? { samples: new Map(), staleMs: [] }
      found.set(series, own)
      if (row.stale === 1) own.staleMs.push(Number(row.t))
      else own.samples.set(Number(row.t), histogramOf(row))
    }
  return new Map([...found].map(([series, own]) => [series, samplesOf(own, lane.delta)]))
}

const ROWS_MAX = 4_294_967_294

/** Of a delta series each is an increase: added up, from the beginning of what was read. */
function samplesOf({ samples, staleMs }: Own, delta: boolean): NativeSamples {
  const values = [...samples.values()]
  if (delta)
    for (let i = 1; i < values.length; i++)
      values[i] = { ...combined(values[i - 1]!, values[i]!, 1).histogram, hint: 'none' }
  const stale =
    staleMs.length === 0 ? undefined : { timesMs: Float64Array.from(staleMs), values: marks(staleMs.length) }
  return { timesMs: Float64Array.from(samples.keys()), values, stale }
}

/** OTLP's scale is Prometheus' schema as far as that goes; finer buckets are put together. */
function histogramOf(row: Row): Histogram {
  const finer = Math.max(0, row.scale - EXPONENTIAL_SCHEMA_MAX)
  const buckets = (offset: number, counts: ReadonlyArray<number>): Buckets =>
    counts.length === 0
      ? NO_BUCKETS
      : rescaledBuckets({ offset: offset + 1, counts: Float64Array.from(counts) }, finer)
  return {
    schema: Math.max(EXPONENTIAL_SCHEMA_MIN, row.scale - finer),
    count: row.count,
    sum: row.sum,
    zeroThreshold: row.zeroThreshold,
    zeroCount: row.zeroCount,
    positive: buckets(row.positiveOffset, row.positive),
    negative: buckets(row.negativeOffset, row.negative),
    customBounds: undefined,
    hint: 'unknown',
  }
}
