import type { Span } from '../ast.ts'
import { type HistogramPlace, histogramBetween } from '../histogram/interpolate.ts'
import type { Notes } from '../notes.ts'
import type { StoredSeries } from '../source.ts'
import { interpolated } from '../window/extended.ts'
import { Window } from '../window/window.ts'
import { evaluatedAt, type SelectorTimes } from './selector-times.ts'
import type { SeriesWriter } from './value.ts'

/** A `smoothed` selector: between the samples around an instant, of which none is further away than the lookback. */
export function fillSmoothed(
  writer: SeriesWriter,
  stored: StoredSeries,
  times: SelectorTimes,
  lookbackMs: number,
  notes: Notes,
  at: Span,
): void {
  const window = new Window()
  window.open(stored)
  const place: HistogramPlace = { metricName: window.metricName, notes, at }
  for (let step = 0; step < writer.kinds.length; step++) {
    const t = evaluatedAt(times, step)
    window.moveTo(t - lookbackMs, t + lookbackMs)
    if (window.floats > 0 && window.histogramCount > 0) notes.mixedSamples(window.metricName, at)
    else if (window.floats > 0) smoothFloat(writer, step, window, t)
    else if (window.histogramCount > 0) smoothHistogram(writer, step, window, t, place)
  }
}

/** The first sample at or after a time; `to` if there is none. */
function firstFrom(timesMs: Float64Array, from: number, to: number, t: number): number {
  let next = from
  while (next < to && timesMs[next]! < t) next++
  return next
}

function smoothFloat(writer: SeriesWriter, step: number, window: Window, t: number): void {
  const { timesMs, values, from, to } = window
  const next = firstFrom(timesMs, from, to, t)
  const before = next - 1
  if (next < to && timesMs[next] === t) writer.float(step, values[next]!)
  else if (next === from) return
  else if (next === to) writer.float(step, values[before]!)
  else writer.float(step, interpolated(timesMs[before]!, values[before]!, timesMs[next]!, values[next]!, t))
}

function smoothHistogram(
  writer: SeriesWriter,
  step: number,
  window: Window,
  t: number,
  place: HistogramPlace,
): void {
  const { histogramTimesMs: timesMs, histograms, histogramFrom: from, histogramTo: to } = window
  const next = firstFrom(timesMs, from, to, t)
  if (next < to && timesMs[next] === t) {
    writer.histogram(step, histograms[next]!)
    return
  }
  if (next === from) return
  const before = { timeMs: timesMs[next - 1]!, histogram: histograms[next - 1]! }
  if (next === to) {
    // What is known of resets is known of two samples, not of the value.
    writer.histogram(step, { ...before.histogram, hint: 'unknown' })
    return
  }
  const after = { timeMs: timesMs[next]!, histogram: histograms[next]! }
  const counter = before.histogram.hint !== 'gauge' || after.histogram.hint !== 'gauge'
  const between = histogramBetween(before, after, t, counter, place)
  if (between !== undefined) writer.histogram(step, between)
}
