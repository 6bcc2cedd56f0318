import { populatedBuckets } from '../../src/query/promql/histogram/bounds.ts'
import type { Buckets, Histogram } from '../../src/query/promql/histogram/histogram.ts'
import { printHistogram, printValue } from '../../src/query/promql/histogram/text.ts'
import type { AnsweredHistogram, Got, GotPoint, GotSamples, GotSeries } from './backend.ts'
import type { ExpectedResult, ExpectedSeries, Point } from './script.ts'

/** As Prometheus compares: expectations are written with few digits. */
const TOLERANCE = 1e-6

export type Difference = { readonly expected: string[]; readonly got: string[] }

/** What was got as the lines that a script would expect; undefined if it is as expected. */
export function difference(expected: ExpectedResult, got: Got): Difference | undefined {
  return matches(expected, got) ? undefined : { expected: printExpected(expected), got: printGot(got) }
}

function matches(expected: ExpectedResult, got: Got): boolean {
  switch (expected.kind) {
    case 'fail':
      return false
    case 'scalar':
      return got.kind === 'scalar' && sameNumber(expected.value, got.value)
    case 'string':
      return got.kind === 'string' && expected.value === got.value
    case 'series':
      return got.kind === 'series' && sameSeries(expected.series, got.series, expected.ordered)
    case 'samples':
      return got.kind === 'samples' && sameSamples(expected, got.series)
  }
}

/** The points of a step, where there is one; a sample beside the steps is a difference. */
function sameSamples(
  { series, startMs, stepMs }: Extract<ExpectedResult, { kind: 'samples' }>,
  got: ReadonlyArray<GotSamples>,
): boolean {
  const atSteps = got.map(({ labels, samples }): GotSeries => {
    const points: Array<GotPoint | undefined> = []
    for (const { timeMs, value } of samples) {
      const step = (timeMs - startMs) / stepMs
      points[Number.isInteger(step) && step >= 0 && points[step] === undefined ? step : STRAY] = value
    }
    return { labels, points: Array.from(points) }
  })
  return sameSeries(series, atSteps, false)
}

/** Where a sample goes that no step has room for: no script has so many points. */
const STRAY = 100_000

function sameSeries(
  expected: ReadonlyArray<ExpectedSeries>,
  got: ReadonlyArray<GotSeries>,
  ordered: boolean,
): boolean {
  if (expected.length !== got.length) return false
  const byLabels = new Map(got.map((one) => [labelKey(one.labels), one]))
  return expected.every((one, i) => {
    const key = labelKey(one.labels)
    const found = ordered ? got[i]! : byLabels.get(key)
    return found !== undefined && labelKey(found.labels) === key && samePoints(one.points, found.points)
  })
}

function samePoints(
  expected: ReadonlyArray<Point | undefined>,
  got: ReadonlyArray<GotPoint | undefined>,
): boolean {
  const length = Math.max(expected.length, got.length)
  for (let i = 0; i < length; i++) if (!samePoint(expected[i], got[i])) return false
  return true
}

function samePoint(expected: Point | undefined, got: GotPoint | undefined): boolean {
  if (typeof expected === 'object' && typeof got === 'object')
    return isAnswered(got) ? sameAnswered(expected, got) : sameHistograms(expected, got)
  return typeof expected === 'number' && typeof got === 'number'
    ? sameNumber(expected, got)
    : expected === undefined && got === undefined
}

function sameNumber(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const apart = Math.abs(a - b)
  if (a === 0 || b === 0) return apart < TOLERANCE
  return apart / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < TOLERANCE
}

function isAnswered(histogram: Histogram | AnsweredHistogram): histogram is AnsweredHistogram {
  return 'buckets' in histogram
}

/** As far as an answer can tell: it says nothing of schemas and resets. */
function sameAnswered(expected: Histogram, got: AnsweredHistogram): boolean {
  const buckets = populatedBuckets(expected)
  return (
    sameNumber(expected.count, got.count) &&
    sameNumber(expected.sum, got.sum) &&
    buckets.length === got.buckets.length &&
    buckets.every(({ lower, upper, count }, i) => {
      const own = got.buckets[i]!
      return sameNumber(lower, own.lower) && sameNumber(upper, own.upper) && sameNumber(count, own.count)
    })
  )
}

/** What is expected of resets counts only where it is written. */
function sameHistograms(expected: Histogram, got: Histogram): boolean {
  const bounds = expected.customBounds ?? []
  return (
    expected.schema === got.schema &&
    sameNumber(expected.count, got.count) &&
    sameNumber(expected.sum, got.sum) &&
    sameNumber(expected.zeroThreshold, got.zeroThreshold) &&
    sameNumber(expected.zeroCount, got.zeroCount) &&
    bounds.length === (got.customBounds?.length ?? 0) &&
    bounds.every((bound, i) => sameNumber(bound, got.customBounds![i]!)) &&
    sameBuckets(expected.positive, got.positive) &&
    sameBuckets(expected.negative, got.negative) &&
    (expected.hint === 'unknown' || expected.hint === got.hint)
  )
}

function sameBuckets(a: Buckets, b: Buckets): boolean {
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length)
  for (let i = Math.min(a.offset, b.offset); i < end; i++)
    if (!sameNumber(a.counts[i - a.offset] ?? 0, b.counts[i - b.offset] ?? 0)) return false
  return true
}

function labelKey(labels: ReadonlyMap<string, string>): string {
  const pairs = [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

function printPoint(point: GotPoint | undefined): string {
  if (point === undefined) return '_'
  if (typeof point === 'number') return printValue(point)
  if (isAnswered(point)) return JSON.stringify(point)
  const bounds = point.customBounds === undefined ? '' : ` bounds [${point.customBounds.join(' ')}]`
  return `${printHistogram(point)} (schema ${point.schema}${bounds}, reset ${point.hint})`
}

function printSeries(series: ReadonlyArray<GotSeries>): string[] {
  if (series.length === 0) return ['nothing']
  return series.map(({ labels, points }) => `${labelKey(labels)} ${points.map(printPoint).join(' ')}`)
}

function printExpected(expected: ExpectedResult): string[] {
  if (expected.kind === 'fail') return ['an error']
  if (expected.kind === 'samples')
    return [
      `samples from ${expected.startMs} ms, step ${expected.stepMs} ms`,
      ...printSeries(expected.series),
    ]
  return expected.kind === 'series' ? printSeries(expected.series) : [String(expected.value)]
}

function printGot(got: Got): string[] {
  if (got.kind === 'samples')
    return got.series.map(
      ({ labels, samples }) =>
        `${labelKey(labels)} ${samples.map(({ timeMs, value }) => `${printPoint(value)} @${timeMs} ms`).join(' ')}`,
    )
  return got.kind === 'series' ? printSeries(got.series) : [String(got.value)]
}
