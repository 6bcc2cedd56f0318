import { divided } from '../histogram/arithmetic.ts'
import { type Histogram, usesCustomBuckets } from '../histogram/histogram.ts'
import {
  addNoted,
  type HistogramPlace,
  histogramBetween,
  type TimedHistogram,
} from '../histogram/interpolate.ts'
import { wasReset } from '../histogram/reset.ts'
import type { RateKind } from './rate.ts'
import type { Window } from './window.ts'

/** The samples that an extended range is made of: from the one before its start to its last, or the one after its end. */
type Reach = { readonly first: number; readonly last: number; readonly smoothed: boolean }

/**
 * rate, increase and delta of native histograms in an `anchored` or `smoothed` range (see extendedRateKernel). Undefined where
 * there is none, or where buckets don't go together; that is noted.
 */
export function extendedHistogramRate(
  window: Window,
  { counter, perSecond }: RateKind,
  smoothed: boolean,
  rangeMs: number,
  place: HistogramPlace,
): Histogram | undefined {
  const reach = reachOf(window, smoothed)
  if (reach === undefined || !goTogether(window, reach, counter, place)) return undefined
  const { first, last } = reach
  const left =
    smoothed && timeOf(window, first) < window.startMs
      ? histogramBetween(timed(window, first), timed(window, first + 1), window.startMs, counter, place)
      : window.histograms[first]!
  const right =
    smoothed && last > window.histogramFrom && timeOf(window, last) > window.endMs
      ? histogramBetween(timed(window, last - 1), timed(window, last), window.endMs, counter, place)
      : window.histograms[last]!
  if (left === undefined || right === undefined) return undefined
  if (!counter && (left.hint !== 'gauge' || right.hint !== 'gauge'))
    place.notes.notGauge(place.metricName, place.at)
  let result = addNoted(right, left, -1, place)
  if (counter && result !== undefined) result = withLost(result, window, reach, left, right, place)
  if (result === undefined) return undefined
  return { ...(perSecond ? divided(result, rangeMs / 1000) : result), hint: 'gauge' }
}

const timeOf = ({ histogramTimesMs }: Window, i: number): number => histogramTimesMs[i]!

function timed(window: Window, i: number): TimedHistogram {
  return { timeMs: timeOf(window, i), histogram: window.histograms[i]! }
}

function reachOf(window: Window, smoothed: boolean): Reach | undefined {
  const { histogramFrom: from, histogramTo: to, startMs, endMs } = window
  let first = from
  while (first + 1 < to && timeOf(window, first + 1) <= startMs) first++
  let last = to - 1
  if (smoothed) {
    last = from
    while (last + 1 < to && timeOf(window, last) < endMs) last++
  }
  if (timeOf(window, last) <= startMs || (smoothed && timeOf(window, first) > endMs)) return undefined
  return { first, last, smoothed }
}

function goTogether(
  { histograms }: Window,
  { first, last }: Reach,
  counter: boolean,
  { notes, metricName, at }: HistogramPlace,
): boolean {
  const custom = usesCustomBuckets(histograms[first]!)
  for (let i = first; i <= last; i++) {
    const histogram = histograms[i]!
    if (usesCustomBuckets(histogram) !== custom) {
      notes.mixedBuckets(metricName, at)
      return false
    }
    if (counter && histogram.hint === 'gauge') notes.notCounter(metricName, at)
  }
  return true
}

/** With what the counter had counted before resets between the two ends. */
function withLost(
  increase: Histogram,
  window: Window,
  { first, last, smoothed }: Reach,
  left: Histogram,
  right: Histogram,
  place: HistogramPlace,
): Histogram | undefined {
  const { histograms, startMs } = window
  let result: Histogram | undefined = increase
  let next = first + 1
  let previous = left
  // A reset that the left end was interpolated over is in it already.
  const spans = smoothed && timeOf(window, first) < startMs
  if (spans && wasReset(histograms[first + 1]!, histograms[first]!)) {
    previous = histograms[first + 1]!
    next++
  }
  // Both ends lie between the same two samples.
  if (next > last) return result
  for (; next < last && result !== undefined; next++) {
    const histogram = histograms[next]!
    if (wasReset(histogram, previous)) result = addNoted(result, previous, 1, place)
    previous = histogram
  }
  return result !== undefined && wasReset(right, previous) ? addNoted(result, previous, 1, place) : result
}
