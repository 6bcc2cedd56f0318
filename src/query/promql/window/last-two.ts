import type { Span } from '../ast.ts'
import { ABSENT, FLOAT, HISTOGRAM } from '../grid.ts'
import { combined, scaled } from '../histogram/arithmetic.ts'
import { type Histogram, usesCustomBuckets } from '../histogram/histogram.ts'
import { wasReset } from '../histogram/reset.ts'
import type { Notes } from '../notes.ts'
import type { Kernel, Window } from './window.ts'

/** irate (per second, of a counter) and idelta: by the last two samples of the window. */
export function lastTwoKernel(rate: boolean, notes: Notes, at: Span): Kernel {
  return (window) => {
    const { timesMs, values, histogramTimesMs, histograms, metricName } = window
    const floats = floatsOfLastTwo(window)
    if (window.floats + window.histogramCount < 2) return ABSENT
    if (floats === 1) {
      notes.mixedSamples(metricName, at)
      return ABSENT
    }
    const times = floats === 2 ? timesMs : histogramTimesMs
    const end = floats === 2 ? window.to : window.histogramTo
    const seconds = (times[end - 1]! - times[end - 2]!) / 1000
    if (seconds === 0) return ABSENT
    const divisor = rate ? seconds : 1
    if (floats === 2) {
      const last = values[end - 1]!
      const previous = values[end - 2]!
      window.value = (rate && last < previous ? last : last - previous) / divisor
      return FLOAT
    }
    const difference = histogramDifference(
      histograms[end - 1]!,
      histograms[end - 2]!,
      rate,
      metricName,
      notes,
      at,
    )
    if (difference === undefined) return ABSENT
    window.histogram = scaled(difference, 1 / divisor)
    return HISTOGRAM
  }
}

/** How many of the last two samples are floats. */
function floatsOfLastTwo(window: Window): number {
  let float = window.to - 1
  let histogram = window.histogramTo - 1
  let floats = 0
  for (let i = 0; i < 2; i++) {
    const floatMs = float < window.from ? Number.NEGATIVE_INFINITY : window.timesMs[float]!
    const histogramMs =
      histogram < window.histogramFrom ? Number.NEGATIVE_INFINITY : window.histogramTimesMs[histogram]!
    if (floatMs >= histogramMs) {
      floats++
      float--
    } else histogram--
  }
  return floats
}

function histogramDifference(
  last: Histogram,
  previous: Histogram,
  rate: boolean,
  metricName: string,
  notes: Notes,
  at: Span,
): Histogram | undefined {
  const gauges = Number(last.hint === 'gauge') + Number(previous.hint === 'gauge')
  if (rate && gauges > 0) notes.notCounter(metricName, at)
  if (!rate && gauges < 2) notes.notGauge(metricName, at)
  if (rate && wasReset(last, previous)) return { ...last, hint: 'gauge' }
  if (usesCustomBuckets(last) !== usesCustomBuckets(previous)) {
    notes.mixedBuckets(metricName, at)
    return undefined
  }
  const { histogram, reconciled } = combined(last, previous, -1)
  if (reconciled) notes.reconciledBounds('subtraction', at)
  return { ...histogram, hint: 'gauge' }
}
