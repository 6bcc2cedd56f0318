import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import { doubleJson } from '../../../otlp/json/value-json.ts'
import { orderColumns, type PlacedRow } from '../../pages/row-order.ts'
import { nanosText } from '../../sql/conditions.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import type { Source } from '../../sql/source.ts'
import { doubleOfBits } from './values.ts'

/** What every table of data points has. */
export type PointRow = PlacedRow & {
  readonly metric: string
  readonly series: string
  readonly startTime: string
  readonly flags: number
}

/** One table of data points: its own columns, and the fields of the points they become. */
export type PointShape<Row extends PointRow> = {
  columns(points: Source): Readonly<Record<Exclude<keyof Row, keyof PointRow>, Fragment>>
  json(row: Row): OtlpJson
  sizeOf(row: Row): number
}

const NO_RECORDED_VALUE = 1
/** Doubles go as their eight bytes: in JSON, ClickHouse has no NaN. */
const bits = (column: Fragment): Fragment => sql`toString(reinterpretAsUInt64(${column}))`
const eachBits = (column: Fragment): Fragment =>
  sql`arrayMap(x -> toString(reinterpretAsUInt64(x)), ${column})`
const text = (column: Fragment): Fragment => sql`toString(${column})`
const eachText = (column: Fragment): Fragment => sql`arrayMap(x -> toString(x), ${column})`
const double = (value: string): number | string => doubleJson(doubleOfBits(value))

export function pointColumns(points: Source): Readonly<Record<keyof PointRow, Fragment>> {
  return {
    ...orderColumns(points, 'TimeUnix'),
    metric: points.column('MetricName'),
    series: text(points.column('SeriesFingerprint')),
    startTime: nanosText(points.column('StartTimeUnix')),
    flags: points.column('Flags'),
  }
}

/** A number of 64 bits: the bits of a double, or, if it is one, an int. */
export type NumberCells = { readonly value: string; readonly int: string }
type NumberRow = PointRow & NumberCells

/** Of points, and of exemplars. */
export function numberColumns(points: Source): Readonly<Record<keyof NumberCells, Fragment>> {
  const value = points.column('Value')
  const exact = points.column('ExactInt')
  return {
    value: bits(value),
    int: sql`if(${points.column('IsInt')}, toString(if(${exact} != 0, ${exact}, toInt64(${value}))), '')`,
  }
}

export function numberJson({ int, value }: NumberCells): OtlpJson {
  return int === '' ? { asDouble: double(value) } : { asInt: int }
}

export const numberPoints: PointShape<NumberRow> = {
  columns: numberColumns,
  json(row) {
    // What has no value is stored as 0.
    const isNothing = (row.flags & NO_RECORDED_VALUE) !== 0 && row.int === '' && row.value === '0'
    return isNothing ? {} : numberJson(row)
  },
  sizeOf: () => 128,
}

type CountedRow = PointRow & {
  readonly count: string
  readonly sum: string
  readonly min: string
  readonly max: string
  readonly present: number
}

function countedColumns(points: Source) {
  return {
    count: text(points.column('Count')),
    sum: bits(points.column('Sum')),
    min: bits(points.column('Min')),
    max: bits(points.column('Max')),
    present: points.column('Present'),
  }
}

function countedJson({ count, max, min, present, sum }: CountedRow): OtlpJson {
  return {
    count,
    ...((present & 1) === 0 ? {} : { sum: double(sum) }),
    ...((present & 2) === 0 ? {} : { min: double(min) }),
    ...((present & 4) === 0 ? {} : { max: double(max) }),
  }
}

type HistogramRow = CountedRow & { readonly counts: string[]; readonly bounds: string[] }

export const histogramPoints: PointShape<HistogramRow> = {
  columns: (points) => ({
    ...countedColumns(points),
    counts: eachText(points.column('BucketCounts')),
    bounds: eachBits(points.column('ExplicitBounds')),
  }),
  json: (row) => ({
    ...countedJson(row),
    bucketCounts: row.counts,
    explicitBounds: row.bounds.map(double),
  }),
  sizeOf: ({ counts }) => 256 + 32 * counts.length,
}

type ExpHistogramRow = CountedRow & {
  readonly scale: number
  readonly zeroCount: string
  readonly zeroThreshold: string
  readonly positiveOffset: number
  readonly positive: string[]
  readonly negativeOffset: number
  readonly negative: string[]
}

export const expHistogramPoints: PointShape<ExpHistogramRow> = {
  columns: (points) => ({
    ...countedColumns(points),
    scale: points.column('Scale'),
    zeroCount: text(points.column('ZeroCount')),
    zeroThreshold: bits(points.column('ZeroThreshold')),
    positiveOffset: points.column('PositiveOffset'),
    positive: eachText(points.column('PositiveBucketCounts')),
    negativeOffset: points.column('NegativeOffset'),
    negative: eachText(points.column('NegativeBucketCounts')),
  }),
  json: (row) => ({
    ...countedJson(row),
    scale: row.scale,
    zeroCount: row.zeroCount,
    zeroThreshold: double(row.zeroThreshold),
    positive: { offset: row.positiveOffset, bucketCounts: row.positive },
    negative: { offset: row.negativeOffset, bucketCounts: row.negative },
  }),
  sizeOf: ({ negative, positive }) => 256 + 24 * (negative.length + positive.length),
}

type SummaryRow = PointRow & {
  readonly count: string
  readonly sum: string
  readonly quantiles: string[]
  readonly quantileValues: string[]
}

export const summaryPoints: PointShape<SummaryRow> = {
  columns: (points) => ({
    count: text(points.column('Count')),
    sum: bits(points.column('Sum')),
    quantiles: eachBits(points.column('ValueAtQuantiles.Quantile')),
    quantileValues: eachBits(points.column('ValueAtQuantiles.Value')),
  }),
  json: ({ count, quantiles, quantileValues, sum }) => ({
    count,
    sum: double(sum),
    quantileValues: quantiles.map((quantile, i) => ({
      quantile: double(quantile),
      value: double(quantileValues[i]!),
    })),
  }),
  sizeOf: ({ quantiles }) => 256 + 32 * quantiles.length,
}
