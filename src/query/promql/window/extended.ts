import type { Extension, Span } from '../ast.ts'
import { ABSENT, FLOAT, HISTOGRAM } from '../grid.ts'
import type { Notes } from '../notes.ts'
import { extendedHistogramRate } from './extended-histogram.ts'
import type { RateKind } from './rate.ts'
import type { Kernel, Window } from './window.ts'

/**
 * rate, increase and delta of `anchored` ranges, from the last sample at or before the start of the range to the last one
 * in it, and of `smoothed` ones, between the values interpolated at both ends. The window reaches beyond its range by the
 * lookback, to both sides.
 */
export function extendedRateKernel(
  kind: RateKind,
  extension: Extension,
  rangeMs: number,
  notes: Notes,
  at: Span,
): Kernel {
  const { counter, perSecond } = kind
  const divisor = perSecond ? rangeMs / 1000 : 1
  const smoothed = extension === 'smoothed'
  return (window) => {
    const { metricName, histogramCount } = window
    if (histogramCount > 0 && window.floats === 0) {
      window.histogram = extendedHistogramRate(window, kind, smoothed, rangeMs, { metricName, notes, at })
      return window.histogram === undefined ? ABSENT : HISTOGRAM
    }
    if (histogramCount > 0) notes.mixedSamples(metricName, at)
    if (histogramCount > 0 || window.floats === 0) return ABSENT
    const first = anchor(window)
    const last = lastOf(window, smoothed)
    if (window.timesMs[last]! <= window.startMs) return ABSENT
    if (smoothed && window.timesMs[first]! > window.endMs) return ABSENT
    const left = smoothed ? leftValue(window, first, counter) : window.values[first]!
    const right = smoothed ? rightValue(window, last, counter) : window.values[last]!
    window.value = (right - left + (counter ? lost(window, left, right, first, last) : 0)) / divisor
    return FLOAT
  }
}

/**
 * The floats of an extended range as they are: its ends with their values there, and the samples between. Undefined where it
 * has none.
 */
export function extendedSamples(
  window: Window,
  extension: Extension,
): { readonly timesMs: Float64Array; readonly values: Float64Array } | undefined {
  if (window.floats === 0) return undefined
  const smoothed = extension === 'smoothed'
  const first = anchor(window)
  const last = lastOf(window, smoothed)
  const { timesMs, values, startMs, endMs } = window
  if (timesMs[last]! <= startMs) return undefined
  const inner: number[] = []
  for (let i = first; i <= last; i++) if (timesMs[i]! > startMs && timesMs[i]! < endMs) inner.push(i)
  const left = smoothed ? leftValue(window, first, false) : values[first]!
  const right = smoothed ? rightValue(window, last, false) : values[last]!
  return {
    timesMs: Float64Array.from([startMs, ...inner.map((i) => timesMs[i]!), endMs]),
    values: Float64Array.from([left, ...inner.map((i) => values[i]!), right]),
  }
}

/** The last sample at or before the start of the range, or the first one after it. */
function anchor({ timesMs, from, to, startMs }: Window): number {
  let first = from
  while (first + 1 < to && timesMs[first + 1]! <= startMs) first++
  return first
}

/** The last sample of the range; of a smoothed one, the first at or after its end, if there is one. */
function lastOf({ timesMs, from, to, endMs }: Window, smoothed: boolean): number {
  if (!smoothed) return to - 1
  let last = from
  while (last + 1 < to && timesMs[last]! < endMs) last++
  return last
}

function leftValue(window: Window, first: number, counter: boolean): number {
  const { timesMs, values, to, startMs } = window
  if (timesMs[first]! >= startMs || first + 1 >= to) return values[first]!
  const after = values[first + 1]!
  const before = counter && after < values[first]! ? 0 : values[first]!
  return interpolated(timesMs[first]!, before, timesMs[first + 1]!, after, startMs)
}

function rightValue(window: Window, last: number, counter: boolean): number {
  const { timesMs, values, from, endMs } = window
  if (timesMs[last]! <= endMs || last === from) return values[last]!
  const after = values[last]!
  // A counter that was reset in between began at zero.
  const before = counter && after < values[last - 1]! ? 0 : values[last - 1]!
  return interpolated(timesMs[last - 1]!, before, timesMs[last]!, after, endMs)
}

export function interpolated(t1: number, v1: number, t2: number, v2: number, t: number): number {
  return v1 + ((v2 - v1) * (t - t1)) / (t2 - t1)
}

/** What the counter had counted before resets between the two ends. */
function lost(
  { timesMs, values, startMs, endMs }: Window,
  left: number,
  right: number,
  first: number,
  last: number,
): number {
  let previous = left
  let total = 0
  for (let i = first; i <= last; i++) {
    if (timesMs[i]! <= startMs || timesMs[i]! > endMs) continue
    if (values[i]! < previous) total += previous
    previous = values[i]!
  }
  return right < previous ? total + previous : total
}

/** changes and resets of an anchored range: the last sample before it, float or histogram, counts as the first. */
export function anchoredKernel(kernel: Kernel): Kernel {
  return (window) => {
    const { timesMs, from, to, histogramTimesMs, histogramFrom, histogramTo, startMs } = window
    const float = firstAfter(timesMs, from, to, startMs)
    const histogram = firstAfter(histogramTimesMs, histogramFrom, histogramTo, startMs)
    if (float === to && histogram === histogramTo) return ABSENT
    const floatMs = float > from ? timesMs[float - 1]! : Number.NEGATIVE_INFINITY
    const histogramMs =
      histogram > histogramFrom ? histogramTimesMs[histogram - 1]! : Number.NEGATIVE_INFINITY
    window.from = float > from && floatMs >= histogramMs ? float - 1 : float
    window.histogramFrom = histogram > histogramFrom && histogramMs > floatMs ? histogram - 1 : histogram
    const kind = kernel(window)
    window.from = from
    window.histogramFrom = histogramFrom
    return kind
  }
}

/** The first sample behind a time; `to` if there is none. */
function firstAfter(timesMs: Float64Array, from: number, to: number, startMs: number): number {
  let first = from
  while (first < to && timesMs[first]! <= startMs) first++
  return first
}
