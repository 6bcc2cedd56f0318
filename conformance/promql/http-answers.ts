import {
  type Buckets,
  CUSTOM_SCHEMA,
  EMPTY_HISTOGRAM,
  EXPONENTIAL_SCHEMA_MAX,
  EXPONENTIAL_SCHEMA_MIN,
  type Histogram,
  NO_BUCKETS,
} from '../../src/query/promql/histogram/histogram.ts'
import type { GotSamples, GotSeries, RangeMode } from './backend.ts'
import type { Point } from './script.ts'

/** Prometheus' answers, read as strictly as its own clients do. */

type Labels = Readonly<Record<string, string>>
type Sample = readonly [seconds: number, value: string]
type HistogramJson = {
  readonly count: string
  readonly sum: string
  readonly buckets?: ReadonlyArray<readonly [ends: number, lower: string, upper: string, count: string]>
}
type HistogramSample = readonly [seconds: number, value: HistogramJson]

export type PrometheusData =
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample }
  | {
      readonly resultType: 'vector'
      readonly result: ReadonlyArray<{ metric: Labels; value?: Sample; histogram?: HistogramSample }>
    }
  | {
      readonly resultType: 'matrix'
      readonly result: ReadonlyArray<{
        metric: Labels
        values?: ReadonlyArray<Sample>
        histograms?: ReadonlyArray<HistogramSample>
      }>
    }

const mapOf = (labels: Labels): ReadonlyMap<string, string> => new Map(Object.entries(labels))

export function numberOf(text: string): number {
  return Number(text.replace(/Inf$/, 'Infinity'))
}

export function vectorOf({ result }: Extract<PrometheusData, { resultType: 'vector' }>): GotSeries[] {
  return result.map(({ metric, value, histogram }) => ({
    labels: mapOf(metric),
    points: [value === undefined ? histogramOf(histogram![1]) : numberOf(value[1])],
  }))
}

/** The samples of a range vector. */
export function samplesOf({ result }: Extract<PrometheusData, { resultType: 'matrix' }>): GotSamples[] {
  return result.map(({ metric, values = [], histograms = [] }) => ({
    labels: mapOf(metric),
    samples: [
      ...values.map(([seconds, value]) => ({ timeMs: Math.round(seconds * 1000), value: numberOf(value) })),
      ...histograms.map(([seconds, value]) => ({
        timeMs: Math.round(seconds * 1000),
        value: histogramOf(value),
      })),
    ],
  }))
}

/** The points at their steps. */
export function matrixOf(
  { result }: Extract<PrometheusData, { resultType: 'matrix' }>,
  { startMs, endMs, stepMs }: RangeMode,
): GotSeries[] {
  const count = Math.floor((endMs - startMs) / stepMs) + 1
  return result.map(({ metric, values = [], histograms = [] }) => {
    const points: Array<Point | undefined> = Array.from({ length: count }, () => undefined)
    const put = (seconds: number, point: Point): void => {
      const step = (seconds * 1000 - startMs) / stepMs
      if (Math.abs(step - Math.round(step)) > 1e-3)
        throw new Error(`a point at ${seconds} s, which is no step`)
      points[Math.round(step)] = point
    }
    for (const [seconds, value] of values) put(seconds, numberOf(value))
    for (const [seconds, value] of histograms) put(seconds, histogramOf(value))
    return { labels: mapOf(metric), points }
  })
}

/**
 * An answer names bounds and no schema: an exponential histogram is told by its bounds' ratio, and has offsets then. One without
 * buckets is taken for an exponential one.
 */
function histogramOf({ count, sum, buckets = [] }: HistogramJson): Histogram {
  const all = buckets.map(([ends, lower, upper, inside]) => ({
    ends,
    lower: numberOf(lower),
    upper: numberOf(upper),
    inside: numberOf(inside),
  }))
  const zero = all.find(({ ends }) => ends === ZERO)
  const positive = all.filter(({ ends, lower }) => ends !== ZERO && lower >= 0)
  const negative = all.filter(({ ends, upper }) => ends !== ZERO && upper <= 0)
  const totals = { ...EMPTY_HISTOGRAM, count: numberOf(count), sum: numberOf(sum) }
  const magnitudes = [
    ...positive,
    ...negative.map((one) => ({ ...one, lower: -one.upper, upper: -one.lower })),
  ]
  const schemas = new Set(magnitudes.map(({ lower, upper }) => schemaOf(lower, upper)))
  const [schema = 0] = schemas
  if (schemas.size > 1 || schema === undefined)
    return {
      ...totals,
      schema: CUSTOM_SCHEMA,
      positive: { offset: 0, counts: Float64Array.from(all, ({ inside }) => inside) },
      customBounds: all.map(({ upper }) => upper),
    }
  const bucketsOf = (part: typeof all, upper: (one: (typeof all)[number]) => number): Buckets => {
    if (part.length === 0) return NO_BUCKETS
    const indexes = part.map((one) => Math.round(Math.log2(upper(one)) * 2 ** schema))
    const offset = Math.min(...indexes)
    const counts = new Float64Array(Math.max(...indexes) - offset + 1)
    part.forEach(({ inside }, i) => {
      counts[indexes[i]! - offset] = inside
    })
    return { offset, counts }
  }
  return {
    ...totals,
    schema,
    zeroThreshold: zero?.upper ?? 0,
    zeroCount: zero?.inside ?? 0,
    positive: bucketsOf(positive, ({ upper }) => upper),
    negative: bucketsOf(negative, ({ lower }) => -lower),
  }
}

/** A bucket with both its ends. */
const ZERO = 3

/** Undefined where the bounds are those of no exponential bucket. */
function schemaOf(lower: number, upper: number): number | undefined {
  const schema = -Math.log2(Math.log2(upper / lower))
  const rounded = Math.round(schema)
  const index = Math.log2(upper) * 2 ** rounded
  const isOne = Math.abs(schema - rounded) < 1e-6 && Math.abs(index - Math.round(index)) < 1e-6
  return isOne && rounded >= EXPONENTIAL_SCHEMA_MIN && rounded <= EXPONENTIAL_SCHEMA_MAX ? rounded : undefined
}
