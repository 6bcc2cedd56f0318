import type { Span } from '../ast.ts'
import { ABSENT, FLOAT, HISTOGRAM } from '../grid.ts'
import type { Histogram } from '../histogram/histogram.ts'
import { HistogramTotal } from '../histogram/total.ts'
import { Mean, Sum } from '../kahan.ts'
import type { Notes } from '../notes.ts'
import { middle, quantile } from '../quantile.ts'
import type { Kernel, Window } from './window.ts'

/** A function of the floats alone: without one there is no result, histograms beside them are noted. */
export function ofFloats(notes: Notes, at: Span, fold: (window: Window) => number): Kernel {
  return (window) => {
    if (window.floats === 0) return ABSENT
    if (window.histogramCount > 0) notes.ignoredInRange(window.metricName, at)
    window.value = fold(window)
    return FLOAT
  }
}

/** A function of floats or of histograms, never of both. */
function ofEither(
  notes: Notes,
  at: Span,
  fold: (window: Window) => number,
  foldHistograms: (window: Window) => Histogram | undefined,
): Kernel {
  return (window) => {
    if (window.floats > 0 && window.histogramCount > 0) notes.mixedSamples(window.metricName, at)
    else if (window.floats > 0) {
      window.value = fold(window)
      return FLOAT
    } else if (window.histogramCount > 0) {
      window.histogram = foldHistograms(window)
      return window.histogram === undefined ? ABSENT : HISTOGRAM
    }
    return ABSENT
  }
}

function totalOfHistograms(window: Window, notes: Notes, at: Span): HistogramTotal | undefined {
  const { histograms, histogramFrom, histogramTo } = window
  const total = new HistogramTotal(histograms[histogramFrom]!)
  for (let i = histogramFrom + 1; i < histogramTo; i++) {
    const next = histograms[i]!
    if (!total.takes(next)) {
      notes.mixedBuckets(window.metricName, at)
      return undefined
    }
    const { reconciled, collision } = total.add(next)
    if (reconciled) notes.reconciledBounds('aggregation', at)
    if (collision) notes.resetCollision('aggregation', at)
  }
  return total
}

export function sumKernel(notes: Notes, at: Span): Kernel {
  const sum = new Sum()
  const fold = ({ values, from, to }: Window): number => {
    sum.set(0, 0)
    for (let i = from; i < to; i++) sum.add(values[i]!)
    return sum.total === Number.POSITIVE_INFINITY || sum.total === Number.NEGATIVE_INFINITY
      ? sum.total
      : sum.result
  }
  return ofEither(notes, at, fold, (window) => totalOfHistograms(window, notes, at)?.sum)
}

export function averageKernel(notes: Notes, at: Span): Kernel {
  const mean = new Mean()
  const fold = ({ values, from, to }: Window): number => {
    mean.reset()
    for (let i = from; i < to; i++) mean.add(values[i]!)
    return mean.result
  }
  return ofEither(notes, at, fold, (window) => totalOfHistograms(window, notes, at)?.average)
}

export function countKernel(): Kernel {
  return (window) => {
    window.value = window.floats + window.histogramCount
    return window.value === 0 ? ABSENT : FLOAT
  }
}

export function presentKernel(): Kernel {
  return (window) => {
    window.value = 1
    return window.floats + window.histogramCount === 0 ? ABSENT : FLOAT
  }
}

/** The oldest or the newest sample, whatever it is. */
export function edgeKernel(edge: 'first' | 'last'): Kernel {
  const first = edge === 'first'
  return (window) => {
    const float = first ? window.from : window.to - 1
    const histogram = first ? window.histogramFrom : window.histogramTo - 1
    if (isFloatAtEdge(window, float, histogram, first)) {
      window.value = window.values[float]!
      return FLOAT
    }
    if (window.histogramCount === 0) return ABSENT
    window.histogram = window.histograms[histogram]!
    return HISTOGRAM
  }
}

function isFloatAtEdge(window: Window, float: number, histogram: number, first: boolean): boolean {
  if (window.floats === 0) return false
  if (window.histogramCount === 0) return true
  const floatMs = window.timesMs[float]!
  const histogramMs = window.histogramTimesMs[histogram]!
  return first ? floatMs <= histogramMs : floatMs >= histogramMs
}

/** The time of the oldest or the newest sample, in seconds. */
export function edgeTimeKernel(edge: 'first' | 'last'): Kernel {
  const first = edge === 'first'
  return (window) => {
    const float = first ? window.from : window.to - 1
    const histogram = first ? window.histogramFrom : window.histogramTo - 1
    if (isFloatAtEdge(window, float, histogram, first)) window.value = window.timesMs[float]! / 1000
    else if (window.histogramCount > 0) window.value = window.histogramTimesMs[histogram]! / 1000
    else return ABSENT
    return FLOAT
  }
}

/** NaN gives way to every number. */
export function extremeKernel(extreme: 'min' | 'max', notes: Notes, at: Span): Kernel {
  const sign = extreme === 'max' ? 1 : -1
  return ofFloats(notes, at, ({ values, from, to }) => {
    let best = values[from]!
    for (let i = from + 1; i < to; i++)
      if (sign * values[i]! > sign * best || Number.isNaN(best)) best = values[i]!
    return best
  })
}

/** The time of the smallest or largest value, in seconds: of equal ones, the last. */
export function extremeTimeKernel(extreme: 'min' | 'max', notes: Notes, at: Span): Kernel {
  const sign = extreme === 'max' ? 1 : -1
  return ofFloats(notes, at, ({ timesMs, values, from, to }) => {
    let best = from
    for (let i = from + 1; i < to; i++)
      if (sign * values[i]! >= sign * values[best]! || Number.isNaN(values[best]!)) best = i
    return timesMs[best]! / 1000
  })
}

/** Of the population, by Welford's method. */
export function varianceKernel(root: boolean, notes: Notes, at: Span): Kernel {
  const mean = new Sum()
  const squares = new Sum()
  return ofFloats(notes, at, ({ values, from, to }) => {
    mean.set(0, 0)
    squares.set(0, 0)
    for (let i = from; i < to; i++) {
      const delta = values[i]! - mean.result
      mean.add(delta / (i - from + 1))
      squares.add(delta * (values[i]! - mean.result))
    }
    const variance = squares.result / (to - from)
    return root ? Math.sqrt(variance) : variance
  })
}

export function quantileKernel(phis: Float64Array, notes: Notes, at: Span, phiAt: Span): Kernel {
  return ofFloats(notes, at, ({ values, from, to, step }) => {
    const phi = phis[step]!
    if (!(phi >= 0 && phi <= 1)) notes.invalidQuantile(phi, phiAt)
    return quantile(phi, values.slice(from, to))
  })
}

/** Median of the distances from the median. */
export function medianDeviationKernel(notes: Notes, at: Span): Kernel {
  return ofFloats(notes, at, ({ values, from, to }) => {
    const part = values.slice(from, to)
    const median = middle(part)
    for (let i = 0; i < part.length; i++) part[i] = Math.abs(values[from + i]! - median)
    return part.some(Number.isNaN) ? Number.NaN : middle(part)
  })
}
