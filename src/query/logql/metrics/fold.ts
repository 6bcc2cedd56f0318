import type { RangeOp } from '../ast.ts'

/**
 * What a range aggregation makes of the samples of one window, which come in the order of their times. Times are
 * nanoseconds from the start of the query. Without samples, there is no result.
 */
export type Fold = {
  reset(): void
  add(time: number, value: number): void
  /** Takes back the oldest sample, where that loses no digit. */
  readonly remove?: (value: number) => void
  /** For the window (from, to]. */
  result(from: number, to: number): number
}

/** A maker of folds for one aggregation; `parameter` is φ. */
export function foldMaker(op: RangeOp, unwrapped: boolean, parameter: number, rangeNs: number): () => Fold {
  const seconds = rangeNs / 1e9
  switch (op) {
    case 'count_over_time':
    case 'bytes_over_time':
      return () => new IntegerSum(1)
    case 'bytes_rate':
      return () => new IntegerSum(seconds)
    case 'rate':
      return unwrapped ? () => new Sum(seconds) : () => new IntegerSum(seconds)
    case 'sum_over_time':
      return () => new Sum(1)
    case 'absent_over_time':
      return () => new IntegerSum(1)
    case 'avg_over_time':
      return () => new Average()
    case 'min_over_time':
      return () => new Extreme((a, b) => a < b)
    case 'max_over_time':
      return () => new Extreme((a, b) => a > b)
    case 'first_over_time':
      return () => new First()
    case 'last_over_time':
      return () => new Last()
    case 'stdvar_over_time':
      return () => new Variance(false)
    case 'stddev_over_time':
      return () => new Variance(true)
    case 'quantile_over_time':
      return () => new Quantile(parameter)
    case 'rate_counter':
      return () => new CounterRate(seconds)
  }
}

/** Counts and bytes: whole numbers, so the sum of a sliding window can be kept up to date exactly. */
class IntegerSum implements Fold {
  readonly #divisor: number
  #sum = 0

  constructor(divisor: number) {
    this.#divisor = divisor
  }

  reset(): void {
    this.#sum = 0
  }

  add(_time: number, value: number): void {
    this.#sum += value
  }

  remove(value: number): void {
    this.#sum -= value
  }

  result(): number {
    return this.#sum / this.#divisor
  }
}

class Sum implements Fold {
  readonly #divisor: number
  #sum = 0

  constructor(divisor: number) {
    this.#divisor = divisor
  }

  reset(): void {
    this.#sum = 0
  }

  add(_time: number, value: number): void {
    this.#sum += value
  }

  result(): number {
    return this.#sum / this.#divisor
  }
}

/** The sum by the count; a mean that is carried along where the sum overflows. */
class Average implements Fold {
  #sum = 0
  #mean = 0
  #count = 0

  reset(): void {
    this.#sum = 0
    this.#mean = 0
    this.#count = 0
  }

  add(_time: number, value: number): void {
    this.#sum += value
    this.#count++
    this.#mean += value / this.#count - this.#mean / this.#count
  }

  result(): number {
    return Number.isFinite(this.#sum) || !Number.isFinite(this.#mean) ? this.#sum / this.#count : this.#mean
  }
}

/** NaN gives way to every number. */
class Extreme implements Fold {
  readonly #wins: (a: number, b: number) => boolean
  #value = Number.NaN

  constructor(wins: (a: number, b: number) => boolean) {
    this.#wins = wins
  }

  reset(): void {
    this.#value = Number.NaN
  }

  add(_time: number, value: number): void {
    if (Number.isNaN(this.#value) || this.#wins(value, this.#value)) this.#value = value
  }

  result(): number {
    return this.#value
  }
}

class First implements Fold {
  #value = 0
  #filled = false

  reset(): void {
    this.#filled = false
  }

  add(_time: number, value: number): void {
    if (!this.#filled) this.#value = value
    this.#filled = true
  }

  result(): number {
    return this.#value
  }
}

class Last implements Fold {
  #value = 0

  reset(): void {
    this.#value = 0
  }

  add(_time: number, value: number): void {
    this.#value = value
  }

  result(): number {
    return this.#value
  }
}

/** Of the population, by Welford's method. */
export class Variance implements Fold {
  readonly #root: boolean
  #count = 0
  #mean = 0
  #squares = 0

  constructor(root: boolean) {
    this.#root = root
  }

  reset(): void {
    this.#count = 0
    this.#mean = 0
    this.#squares = 0
  }

  add(_time: number, value: number): void {
    this.#count++
    const delta = value - this.#mean
    this.#mean += delta / this.#count
    this.#squares += delta * (value - this.#mean)
  }

  result(): number {
    const variance = this.#squares / this.#count
    return this.#root ? Math.sqrt(variance) : variance
  }
}

/** Interpolates between the two ranks around φ; below 0 it is -Inf, above 1 +Inf. NaN counts as the smallest. */
class Quantile implements Fold {
  readonly #phi: number
  readonly #values: number[] = []

  constructor(phi: number) {
    this.#phi = phi
  }

  reset(): void {
    this.#values.length = 0
  }

  add(_time: number, value: number): void {
    this.#values.push(value)
  }

  result(): number {
    if (Number.isNaN(this.#phi)) return Number.NaN
    if (this.#phi < 0) return -Infinity
    if (this.#phi > 1) return Infinity
    const sorted = this.#values.sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b))
    const rank = this.#phi * (sorted.length - 1)
    const lower = Math.floor(rank)
    const upper = Math.min(lower + 1, sorted.length - 1)
    const weight = rank - lower
    return sorted[lower]! * (1 - weight) + sorted[upper]! * weight
  }
}

/** How much farther than the mean distance between samples an edge may be, to be reached by extrapolation. */
const EDGE_FACTOR = 1.1

/**
 * The increase per second of a counter, as Prometheus' rate(): a drop is a reset, and the increase between the first and
 * the last sample is extrapolated towards the edges of the window, never below a counter of zero.
 */
class CounterRate implements Fold {
  readonly #seconds: number
  #count = 0
  #first = 0
  #firstTime = 0
  #last = 0
  #lastTime = 0
  #resets = 0

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  reset(): void {
    this.#count = 0
    this.#resets = 0
  }

  add(time: number, value: number): void {
    if (this.#count === 0) {
      this.#first = value
      this.#firstTime = time
    } else if (value < this.#last) this.#resets += this.#last
    this.#last = value
    this.#lastTime = time
    this.#count++
  }

  result(from: number, to: number): number {
    if (this.#count < 2) return 0
    const increase = this.#last - this.#first + this.#resets
    const sampled = (this.#lastTime - this.#firstTime) / 1e9
    if (sampled === 0) return 0
    const interval = sampled / (this.#count - 1)
    const reach = interval * EDGE_FACTOR
    let before = (this.#firstTime - from) / 1e9
    if (before >= reach) before = interval / 2
    if (increase > 0 && this.#first >= 0) before = Math.min(before, sampled * (this.#first / increase))
    let after = (to - this.#lastTime) / 1e9
    if (after >= reach) after = interval / 2
    return (increase * ((sampled + before + after) / sampled)) / this.#seconds
  }
}
