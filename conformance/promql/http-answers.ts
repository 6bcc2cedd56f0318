import type { AnsweredHistogram, GotPoint, GotSamples, GotSeries, RangeMode } from './backend.ts'

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
    const points: Array<GotPoint | undefined> = Array.from({ length: count }, () => undefined)
    const put = (seconds: number, point: GotPoint): void => {
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

/** An answer names the bounds of the buckets that count something, and no schema. */
function histogramOf({ count, sum, buckets = [] }: HistogramJson): AnsweredHistogram {
  return {
    count: numberOf(count),
    sum: numberOf(sum),
    buckets: buckets.map(([, lower, upper, inside]) => ({
      lower: numberOf(lower),
      upper: numberOf(upper),
      count: numberOf(inside),
    })),
  }
}
