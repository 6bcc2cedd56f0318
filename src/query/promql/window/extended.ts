import type { Extension, Span } from '../ast.ts'
import { ABSENT, FLOAT } from '../grid.ts'
import type { Notes } from '../notes.ts'
import type { RateKind } from './rate.ts'
import type { Kernel, Window } from './window.ts'

/**
 * rate, increase and delta of `anchored` ranges, from the last sample at or before the start of the range to the last one
 * in it, and of `smoothed` ones, between the values interpolated at both ends. The window reaches beyond its range by the
 * lookback, to both sides.
 */
export function extendedRateKernel(
  { counter, perSecond }: RateKind,
  extension: Extension,
  rangeMs: number,
  notes: Notes,
  at: Span,
): Kernel {
  const divisor = perSecond ? rangeMs / 1000 : 1
  const smoothed = extension === 'smoothed'
  return (window) => {
    if (window.histogramCount > 0) {
      notes.mixedSamples(window.metricName, at)
      return ABSENT
    }
    if (window.floats === 0) return ABSENT
    const first = anchor(window)
    const last = lastOf(window, smoothed)
    if (window.timesMs[last]! <= window.startMs) return ABSENT
    const left = smoothed ? leftValue(window, first, counter) : window.values[first]!
    const right = smoothed ? rightValue(window, last, counter) : window.values[last]!
    window.value = (right - left + (counter ? lost(window, left, right, first, last) : 0)) / divisor
    return FLOAT
  }
}

/** The last sample at or before the start of the range, or the first one after it. */
export function anchor({ timesMs, from, to, startMs }: Window): number {
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
  const before = values[last - 1]!
  const after = counter && values[last]! < before ? values[last]! + before : values[last]!
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

/** changes and resets of an anchored range: the sample before it counts as the first. */
export function anchoredKernel(kernel: Kernel): Kernel {
  return (window) => {
    if (window.floats === 0) return kernel(window)
    if (window.timesMs[window.to - 1]! <= window.startMs) return ABSENT
    const { from } = window
    window.from = anchor(window)
    const kind = kernel(window)
    window.from = from
    return kind
  }
}
