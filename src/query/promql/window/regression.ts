import type { Span } from '../ast.ts'
import { ABSENT, FLOAT } from '../grid.ts'
import { Sum } from '../kahan.ts'
import type { Notes } from '../notes.ts'
import type { Kernel, Window } from './window.ts'

/** Where a trend is taken of: two floats at least; histograms beside them are ignored, and that is noted. */
export function hasTrend(window: Window, notes: Notes, at: Span): boolean {
  if (window.floats > 0 && window.histogramCount > 0) notes.ignoredInRange(window.metricName, at)
  return window.floats >= 2
}

/** Slope of the line through the samples, in units per second. */
export function derivKernel(notes: Notes, at: Span): Kernel {
  const line = new Line()
  return (window) => {
    if (!hasTrend(window, notes, at)) return ABSENT
    line.fit(window, window.timesMs[window.from]!)
    window.value = line.slope
    return FLOAT
  }
}

/** Value of that line `seconds` after the instant. */
export function predictKernel(seconds: Float64Array, notes: Notes, at: Span): Kernel {
  const line = new Line()
  return (window) => {
    if (!hasTrend(window, notes, at)) return ABSENT
    line.fit(window, window.instantMs)
    window.value = line.slope * seconds[window.step]! + line.intercept
    return FLOAT
  }
}

/** Simple linear regression. */
class Line {
  slope = 0
  intercept = 0
  readonly #x = new Sum()
  readonly #y = new Sum()
  readonly #xy = new Sum()
  readonly #x2 = new Sum()

  /** The intercept is the value at `originMs`. */
  fit({ timesMs, values, from, to }: Window, originMs: number): void {
    const first = values[from]!
    let constant = true
    for (const sum of [this.#x, this.#y, this.#xy, this.#x2]) sum.set(0, 0)
    for (let i = from; i < to; i++) {
      const x = (timesMs[i]! - originMs) / 1000
      const y = values[i]!
      if (y !== first) constant = false
      this.#x.add(x)
      this.#y.add(y)
      this.#xy.add(x * y)
      this.#x2.add(x * x)
    }
    if (constant) {
      const infinite = first === Number.POSITIVE_INFINITY || first === Number.NEGATIVE_INFINITY
      this.slope = infinite ? Number.NaN : 0
      this.intercept = infinite ? Number.NaN : first
      return
    }
    const count = to - from
    const x = this.#x.result
    const y = this.#y.result
    this.slope = (this.#xy.result - (x * y) / count) / (this.#x2.result - (x * x) / count)
    this.intercept = y / count - (this.slope * x) / count
  }
}

/** Holt's double exponential smoothing: a level and its trend. */
export function smoothingKernel(level: Float64Array, trend: Float64Array, notes: Notes, at: Span): Kernel {
  return (window) => {
    if (!hasTrend(window, notes, at)) return ABSENT
    const { values, from, to, step } = window
    const levelFactor = level[step]!
    const trendFactor = trend[step]!
    let previous = 0
    let smoothed = values[from]!
    let slope = values[from + 1]! - values[from]!
    for (let i = from + 1; i < to; i++) {
      if (i > from + 1) slope = trendFactor * (smoothed - previous) + (1 - trendFactor) * slope
      previous = smoothed
      smoothed = levelFactor * values[i]! + (1 - levelFactor) * (smoothed + slope)
    }
    window.value = smoothed
    return FLOAT
  }
}
