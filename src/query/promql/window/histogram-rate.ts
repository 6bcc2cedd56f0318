import type { Span } from '../ast.ts'
import { combined, toSchema } from '../histogram/arithmetic.ts'
import { EMPTY_HISTOGRAM, type Histogram, usesCustomBuckets } from '../histogram/histogram.ts'
import { wasReset } from '../histogram/reset.ts'
import type { Notes } from '../notes.ts'
import type { Window } from './window.ts'

/**
 * What the histograms of a window grew by, with resets of counters put right. Undefined where their buckets can't be
 * compared; that is noted.
 */
export function histogramIncrease(
  window: Window,
  counter: boolean,
  notes: Notes,
  at: Span,
): Histogram | undefined {
  const { histograms, histogramFrom: from, histogramTo: to, metricName } = window
  const last = histograms[to - 1]!
  const second = histograms[from + 1]!
  let first = histograms[from]!
  noteKinds(window, counter, notes, at)
  // Nothing is known of what a first sample before a reset had in common with those after it.
  if (counter && wasReset(second, first))
    first = { ...EMPTY_HISTOGRAM, schema: second.schema, customBounds: second.customBounds }
  const custom = usesCustomBuckets(first)
  let schema = Math.min(first.schema, last.schema)
  for (let i = from + 1; i < to; i++) {
    const histogram = histograms[i]!
    if (usesCustomBuckets(histogram) !== custom) {
      notes.mixedBuckets(metricName, at)
      return undefined
    }
    if (counter && histogram.schema < schema) schema = histogram.schema
  }
  let increase = add(toSchema(last, schema), first, -1, notes, at)
  if (!counter) return { ...increase, hint: 'gauge' }
  let previous = first
  for (let i = from + 1; i < to; i++) {
    const histogram = histograms[i]!
    if (wasReset(histogram, previous)) increase = add(increase, previous, 1, notes, at)
    previous = histogram
  }
  return { ...increase, hint: 'gauge' }
}

function noteKinds(window: Window, counter: boolean, notes: Notes, at: Span): void {
  const { histograms, histogramFrom: from, histogramTo: to, metricName } = window
  if (!counter) {
    if (histograms[from]!.hint !== 'gauge' || histograms[to - 1]!.hint !== 'gauge')
      notes.notGauge(metricName, at)
    return
  }
  for (let i = from; i < to; i++) if (histograms[i]!.hint === 'gauge') notes.notCounter(metricName, at)
}

function add(a: Histogram, b: Histogram, factor: 1 | -1, notes: Notes, at: Span): Histogram {
  const { histogram, reconciled } = combined(a, b, factor)
  if (reconciled) notes.reconciledBounds(factor === 1 ? 'addition' : 'subtraction', at)
  return histogram
}
