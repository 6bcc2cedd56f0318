import type { AggregationOp, Span } from '../ast.ts'
import type { SeriesWriter } from '../evaluate/value.ts'
import { ABSENT, FLOAT, HISTOGRAM } from '../grid.ts'
import type { Histogram } from '../histogram/histogram.ts'
import { HistogramTotal } from '../histogram/total.ts'
import { Mean, Sum } from '../kahan.ts'
import type { Notes } from '../notes.ts'

/** What an aggregation makes of the samples of one group, at every instant of the grid. */
export type Accumulator = {
  readonly float: (step: number, value: number) => void
  readonly histogram: (step: number, histogram: Histogram) => void
  readonly write: (writer: SeriesWriter) => void
}

export type SimpleAggregation = Exclude<
  AggregationOp,
  'topk' | 'bottomk' | 'limitk' | 'limit_ratio' | 'quantile' | 'count_values'
>

/** Makes one accumulator per group. `at` is the operand: notes are about it. */
export function accumulatorMaker(
  op: SimpleAggregation,
  count: number,
  notes: Notes,
  at: Span,
): () => Accumulator {
  switch (op) {
    case 'sum':
      return () => new Total(count, notes, at)
    case 'avg':
      return () => new Average(count, notes, at)
    case 'min':
    case 'max':
      return () => new Extreme(op, count, notes, at)
    case 'stddev':
    case 'stdvar':
      return () => new Variance(op, count, notes, at)
    case 'count':
    case 'group':
      return () => new Count(count, op === 'group')
  }
}

/** Histograms of a group that were added up, and whether floats stood beside them. */
class HistogramTotals {
  readonly kinds: Uint8Array
  readonly #totals: Array<HistogramTotal | undefined> = []
  readonly #notes: Notes
  readonly #at: Span

  constructor(count: number, notes: Notes, at: Span) {
    this.kinds = new Uint8Array(count)
    this.#notes = notes
    this.#at = at
  }

  add(step: number, histogram: Histogram): void {
    this.kinds[step]! |= HISTOGRAM
    const before = this.#totals[step]
    if (before === undefined) {
      this.#totals[step] = new HistogramTotal(histogram)
      return
    }
    if (!before.takes(histogram)) {
      this.#notes.warn(
        'vector contains a mix of histograms with exponential and custom buckets schemas for aggregation',
        this.#at,
      )
      this.kinds[step]! |= REFUSED
      return
    }
    const { reconciled, collision } = before.add(histogram)
    if (reconciled) this.#notes.reconciledBounds('aggregation', this.#at)
    if (collision) this.#notes.resetCollision('aggregation', this.#at)
  }

  /** The sum at an instant that has histograms alone; where there are floats too, that is noted. */
  at(step: number): HistogramTotal | undefined {
    if (this.kinds[step] === (FLOAT | HISTOGRAM))
      this.#notes.warn('encountered a mix of histograms and floats for aggregation', this.#at)
    return this.kinds[step] === HISTOGRAM ? this.#totals[step] : undefined
  }
}

/** Buckets that did not go together. */
const REFUSED = 4

class Total implements Accumulator {
  readonly #totals: Float64Array
  readonly #lost: Float64Array
  readonly #histograms: HistogramTotals
  readonly #sum = new Sum()

  constructor(count: number, notes: Notes, at: Span) {
    this.#totals = new Float64Array(count)
    this.#lost = new Float64Array(count)
    this.#histograms = new HistogramTotals(count, notes, at)
  }

  float(step: number, value: number): void {
    this.#histograms.kinds[step]! |= FLOAT
    this.#sum.set(this.#totals[step]!, this.#lost[step]!)
    this.#sum.add(value)
    this.#totals[step] = this.#sum.total
    this.#lost[step] = this.#sum.lost
  }

  histogram(step: number, histogram: Histogram): void {
    this.#histograms.add(step, histogram)
  }

  write(writer: SeriesWriter): void {
    const { kinds } = this.#histograms
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue
      if (kinds[step] === FLOAT) writer.float(step, this.#totals[step]! + this.#lost[step]!)
      else {
        const total = this.#histograms.at(step)
        if (total !== undefined) writer.histogram(step, total.sum)
      }
    }
  }
}

class Average implements Accumulator {
  readonly #means: Array<Mean | undefined> = []
  readonly #histograms: HistogramTotals

  constructor(count: number, notes: Notes, at: Span) {
    this.#histograms = new HistogramTotals(count, notes, at)
  }

  float(step: number, value: number): void {
    this.#histograms.kinds[step]! |= FLOAT
    let mean = this.#means[step]
    if (mean === undefined) {
      mean = new Mean()
      this.#means[step] = mean
    }
    mean.add(value)
  }

  histogram(step: number, histogram: Histogram): void {
    this.#histograms.add(step, histogram)
  }

  write(writer: SeriesWriter): void {
    const { kinds } = this.#histograms
    for (let step = 0; step < kinds.length; step++) {
      if (kinds[step] === ABSENT) continue
      if (kinds[step] === FLOAT) writer.float(step, this.#means[step]!.result)
      else {
        const total = this.#histograms.at(step)
        if (total !== undefined) writer.histogram(step, total.average)
      }
    }
  }
}

/** Notes once per step what aggregations of floats do with histograms: nothing. */
function ignored(op: string, notes: Notes, at: Span): void {
  notes.info(`ignored histogram in ${op} aggregation`, at)
}

class Extreme implements Accumulator {
  readonly #op: 'min' | 'max'
  readonly #sign: 1 | -1
  readonly #kinds: Uint8Array
  readonly #best: Float64Array
  readonly #notes: Notes
  readonly #at: Span

  constructor(op: 'min' | 'max', count: number, notes: Notes, at: Span) {
    this.#op = op
    this.#sign = op === 'max' ? 1 : -1
    this.#kinds = new Uint8Array(count)
    this.#best = new Float64Array(count)
    this.#notes = notes
    this.#at = at
  }

  float(step: number, value: number): void {
    const best = this.#best[step]!
    if (this.#kinds[step] === ABSENT || Number.isNaN(best) || this.#sign * value > this.#sign * best)
      this.#best[step] = value
    this.#kinds[step] = FLOAT
  }

  histogram(): void {
    ignored(this.#op, this.#notes, this.#at)
  }

  write(writer: SeriesWriter): void {
    for (let step = 0; step < this.#kinds.length; step++)
      if (this.#kinds[step] === FLOAT) writer.float(step, this.#best[step]!)
  }
}

/** Of the population, by Welford's method. */
class Variance implements Accumulator {
  readonly #op: 'stddev' | 'stdvar'
  readonly #counts: Float64Array
  readonly #means: Float64Array
  readonly #squares: Float64Array
  readonly #notes: Notes
  readonly #at: Span

  constructor(op: 'stddev' | 'stdvar', count: number, notes: Notes, at: Span) {
    this.#op = op
    this.#counts = new Float64Array(count)
    this.#means = new Float64Array(count)
    this.#squares = new Float64Array(count)
    this.#notes = notes
    this.#at = at
  }

  float(step: number, value: number): void {
    const count = ++this.#counts[step]!
    const delta = value - this.#means[step]!
    this.#means[step]! += delta / count
    this.#squares[step]! += delta * (value - this.#means[step]!)
  }

  histogram(): void {
    ignored(this.#op, this.#notes, this.#at)
  }

  write(writer: SeriesWriter): void {
    for (let step = 0; step < this.#counts.length; step++) {
      const count = this.#counts[step]!
      if (count === 0) continue
      const variance = this.#squares[step]! / count
      writer.float(step, this.#op === 'stddev' ? Math.sqrt(variance) : variance)
    }
  }
}

class Count implements Accumulator {
  readonly #counts: Float64Array
  readonly #one: boolean

  constructor(count: number, one: boolean) {
    this.#counts = new Float64Array(count)
    this.#one = one
  }

  float(step: number): void {
    this.#counts[step]!++
  }

  histogram(step: number): void {
    this.#counts[step]!++
  }

  write(writer: SeriesWriter): void {
    for (let step = 0; step < this.#counts.length; step++) {
      const count = this.#counts[step]!
      if (count > 0) writer.float(step, this.#one ? 1 : count)
    }
  }
}
