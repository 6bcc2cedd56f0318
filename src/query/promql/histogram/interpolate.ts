import type { Span } from '../ast.ts'
import type { Notes } from '../notes.ts'
import { combined, scaled } from './arithmetic.ts'
import { type Histogram, usesCustomBuckets } from './histogram.ts'
import { wasReset } from './reset.ts'

/** What a sum or a difference of histograms needs to tell of itself. */
export type HistogramPlace = { readonly metricName: string; readonly notes: Notes; readonly at: Span }

/** a + factor * b. Undefined where one has custom buckets and the other has not; that is noted. */
export function addNoted(
  a: Histogram,
  b: Histogram,
  factor: 1 | -1,
  { metricName, notes, at }: HistogramPlace,
): Histogram | undefined {
  if (usesCustomBuckets(a) !== usesCustomBuckets(b)) {
    notes.mixedBuckets(metricName, at)
    return undefined
  }
  const { histogram, reconciled } = combined(a, b, factor)
  if (reconciled) notes.reconciledBounds(factor === 1 ? 'addition' : 'subtraction', at)
  return histogram
}

export type TimedHistogram = { readonly timeMs: number; readonly histogram: Histogram }

/** A histogram between two; a counter that was reset in between began at zero with the second. */
export function histogramBetween(
  before: TimedHistogram,
  after: TimedHistogram,
  timeMs: number,
  counter: boolean,
  place: HistogramPlace,
): Histogram | undefined {
  if (timeMs === before.timeMs) return before.histogram
  if (timeMs === after.timeMs) return after.histogram
  if (usesCustomBuckets(after.histogram) !== usesCustomBuckets(before.histogram)) {
    place.notes.mixedBuckets(place.metricName, place.at)
    return undefined
  }
  const part = (timeMs - before.timeMs) / (after.timeMs - before.timeMs)
  if (counter && wasReset(after.histogram, before.histogram)) return scaled(after.histogram, part)
  const grown = addNoted(after.histogram, before.histogram, -1, place)
  return grown === undefined ? undefined : addNoted(scaled(grown, part), before.histogram, 1, place)
}
