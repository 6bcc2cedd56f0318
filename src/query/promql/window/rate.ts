import type { Span } from '../ast.ts'
import { ABSENT, FLOAT, HISTOGRAM } from '../grid.ts'
import { scaled } from '../histogram/arithmetic.ts'
import type { Histogram } from '../histogram/histogram.ts'
import type { Notes } from '../notes.ts'
import { histogramIncrease } from './histogram-rate.ts'
import type { Kernel, Window } from './window.ts'

export type RateKind = { readonly counter: boolean; readonly perSecond: boolean }

/** How much farther than the mean distance between samples an edge may be, to be reached by extrapolation. */
const EDGE_FACTOR = 1.1

/**
 * rate, increase and delta: the difference between the first and the last sample of the window, extrapolated to its
 * edges. Of a counter, a drop is a reset, and nothing is extrapolated below zero.
 */
export function rateKernel(
  { counter, perSecond }: RateKind,
  rangeMs: number,
  notes: Notes,
  at: Span,
): Kernel {
  const divisor = perSecond ? rangeMs / 1000 : 1
  return (window) => {
    if (window.floats > 0 && window.histogramCount > 0) {
      notes.mixedSamples(window.metricName, at)
      return ABSENT
    }
    if (window.histogramCount > 1) {
      const increase = histogramIncrease(window, counter, notes, at)
      if (increase === undefined) return ABSENT
      const first = window.histograms[window.histogramFrom]!
      const factor = histogramReach(window, counter, first, increase) / divisor
      window.histogram = scaled(increase, factor)
      return HISTOGRAM
    }
    if (window.floats < 2) return ABSENT
    const { timesMs, values, from, to } = window
    const first = values[from]!
    const increase = values[to - 1]! - first + (counter ? lostByResets(values, from, to) : 0)
    const zero = increase > 0 && first >= 0 ? first / increase : Number.POSITIVE_INFINITY
    const reach = extrapolation(
      window,
      timesMs[from]!,
      timesMs[to - 1]!,
      to - from,
      counter ? zero : undefined,
    )
    window.value = increase * (reach / divisor)
    return FLOAT
  }
}

/** What a counter had counted before each of its resets. */
export function lostByResets(values: Float64Array, from: number, to: number): number {
  let lost = 0
  for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) lost += values[i - 1]!
  return lost
}

function histogramReach(window: Window, counter: boolean, first: Histogram, increase: Histogram): number {
  const times = window.histogramTimesMs
  const zero =
    increase.count > 0 && first.count >= 0 ? first.count / increase.count : Number.POSITIVE_INFINITY
  const firstMs = times[window.histogramFrom]!
  const lastMs = times[window.histogramTo - 1]!
  return extrapolation(window, firstMs, lastMs, window.histogramCount, counter ? zero : undefined)
}

/**
 * By how much the increase between the samples grows. `zero` is how far before the first sample, in lengths of the sampled
 * interval, the counter was zero.
 */
function extrapolation(
  window: Window,
  firstMs: number,
  lastMs: number,
  count: number,
  zero: number | undefined,
): number {
  const sampled = (lastMs - firstMs) / 1000
  const interval = sampled / (count - 1)
  const limit = interval * EDGE_FACTOR
  let before = (firstMs - window.startMs) / 1000
  if (before >= limit) before = interval / 2
  if (zero !== undefined && sampled * zero < before) before = sampled * zero
  let after = (window.endMs - lastMs) / 1000
  if (after >= limit) after = interval / 2
  return (sampled + before + after) / sampled
}
