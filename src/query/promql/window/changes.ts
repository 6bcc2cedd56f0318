import { ABSENT, FLOAT } from '../grid.ts'
import { sameHistogram } from '../histogram/equal.ts'
import type { Histogram } from '../histogram/histogram.ts'
import { wasReset } from '../histogram/reset.ts'
import type { Kernel, Window } from './window.ts'

type Counts = {
  readonly floats: (previous: number, value: number) => boolean
  readonly histograms: (previous: Histogram, value: Histogram) => boolean
}

const CHANGES: Counts = {
  floats: (previous, value) => value !== previous && !(Number.isNaN(value) && Number.isNaN(previous)),
  histograms: (previous, value) => !sameHistogram(previous, value),
}
const RESETS: Counts = {
  floats: (previous, value) => value < previous,
  histograms: (previous, value) => wasReset(value, previous),
}

/** How often the value changed, or dropped; one that becomes a histogram, or none, did both. */
export function changesKernel(func: 'changes' | 'resets'): Kernel {
  const counts = func === 'changes' ? CHANGES : RESETS
  return (window) => {
    if (window.floats + window.histogramCount === 0) return ABSENT
    window.value = window.histogramCount === 0 ? ofFloats(window, counts) : ofBoth(window, counts)
    return FLOAT
  }
}

function ofFloats({ values, from, to }: Window, counts: Counts): number {
  let count = 0
  for (let i = from + 1; i < to; i++) if (counts.floats(values[i - 1]!, values[i]!)) count++
  return count
}

function ofBoth(window: Window, counts: Counts): number {
  const { timesMs, values, histogramTimesMs, histograms, to, histogramTo } = window
  let float = window.from
  let histogram = window.histogramFrom
  let count = 0
  let previous: number | Histogram | undefined
  while (float < to || histogram < histogramTo) {
    const takesFloat =
      histogram >= histogramTo || (float < to && timesMs[float]! <= histogramTimesMs[histogram]!)
    const value: number | Histogram = takesFloat ? values[float++]! : histograms[histogram++]!
    if (typeof value === 'number') {
      if (typeof previous === 'number' ? counts.floats(previous, value) : previous !== undefined) count++
    } else if (typeof previous === 'object') {
      if (counts.histograms(previous, value)) count++
    } else if (previous !== undefined) count++
    previous = value
  }
  return count
}
