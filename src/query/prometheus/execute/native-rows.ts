import { rescaledBuckets } from '../../promql/histogram/buckets.ts'
import {
  type Buckets,
  CUSTOM_SCHEMA,
  EMPTY_HISTOGRAM,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type Histogram,
  NO_BUCKETS,
} from '../../promql/histogram/histogram.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import type { Source } from '../../sql/source.ts'
import type { PointTable } from '../naming/parts.ts'
import { pointOf } from './float-series.ts'

/** How the points of a table are read as native histograms. */
export type NativeReader = {
  readonly columns: (points: Source) => Readonly<Record<string, Fragment>>
  readonly histogram: (row: NativeRow) => Histogram
}

/** The sum as text: it may be NaN or infinite, which JSON has not. */
type Totals = { readonly count: number; readonly sum: string }
type ExponentialRow = Totals & {
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positiveOffset: number
  readonly positive: ReadonlyArray<number>
  readonly negativeOffset: number
  readonly negative: ReadonlyArray<number>
}
type ExplicitRow = Totals & { readonly bounds: ReadonlyArray<number>; readonly counts: ReadonlyArray<number> }
/** The columns of either table. */
export type NativeRow = ExponentialRow & ExplicitRow

const number = (points: Source, column: string): Fragment => sql`toFloat64(${points.column(column)})`
const numbers = (points: Source, column: string): Fragment =>
  sql`arrayMap(n -> toFloat64(n), ${points.column(column)})`

const EXPONENTIAL: NativeReader = {
  columns: (points) => ({
    count: number(points, 'Count'),
    sum: sql`toString(${points.column('Sum')})`,
    scale: points.column('Scale'),
    zeroCount: number(points, 'ZeroCount'),
    zeroThreshold: points.column('ZeroThreshold'),
    positiveOffset: points.column('PositiveOffset'),
    positive: numbers(points, 'PositiveBucketCounts'),
    negativeOffset: points.column('NegativeOffset'),
    negative: numbers(points, 'NegativeBucketCounts'),
  }),
  histogram: ofExponential,
}

const EXPLICIT: NativeReader = {
  columns: (points) => ({
    count: number(points, 'Count'),
    sum: sql`toString(${points.column('Sum')})`,
    bounds: points.column('ExplicitBounds'),
    counts: numbers(points, 'BucketCounts'),
  }),
  histogram: ofExplicit,
}

export function nativeReader(table: PointTable): NativeReader {
  return table === 'histogramSamples' ? EXPLICIT : EXPONENTIAL
}

/** OTLP's scale is Prometheus' schema as far as that goes; finer buckets are put together. */
function ofExponential(row: ExponentialRow): Histogram {
  const finer = Math.max(0, row.scale - EXPONENTIAL_SCHEMA_MAX)
  const buckets = (offset: number, counts: ReadonlyArray<number>): Buckets =>
    counts.length === 0
      ? NO_BUCKETS
      : rescaledBuckets({ offset: offset + 1, counts: Float64Array.from(counts) }, finer)
  return {
    schema: Math.max(EXPONENTIAL_SCHEMA_MIN, row.scale - finer),
    count: row.count,
    sum: pointOf(row.sum),
    zeroThreshold: row.zeroThreshold,
    zeroCount: row.zeroCount,
    positive: buckets(row.positiveOffset, row.positive),
    negative: buckets(row.negativeOffset, row.negative),
    customBounds: undefined,
    hint: 'unknown',
  }
}

/** OTLP's explicit buckets are Prometheus' custom ones. */
function ofExplicit({ count, sum, bounds, counts }: ExplicitRow): Histogram {
  return {
    ...EMPTY_HISTOGRAM,
    schema: CUSTOM_SCHEMA,
    count,
    sum: pointOf(sum),
    positive: { offset: 0, counts: Float64Array.from(counts) },
    customBounds: bounds,
  }
}
