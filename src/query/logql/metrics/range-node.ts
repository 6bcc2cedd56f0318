import type { Grouping, RangeAggregation } from '../ast.ts'
import { EvaluationError } from '../error.ts'
import { compileExtractor } from './extractor.ts'
import { type Fold, foldMaker } from './fold.ts'
import type { MetricNode } from './node.ts'
import { SampleQueue } from './sample-queue.ts'
import { type Sample, type Series, seriesOf, type Vector } from './series.ts'
import { type EvaluationLimits, type Grid, type LogSource, RecordReader } from './source.ts'

/**
 * A range aggregation: one value per series for the window (t - range, t] of each instant. `outer` groups samples before
 * they are counted.
 */
export function rangeNode(
  expr: RangeAggregation,
  grid: Grid,
  source: LogSource,
  limits: EvaluationLimits,
  outer?: Grouping,
): MetricNode {
  const { range } = expr
  const makeFold = foldMaker(expr.op, range.unwrap !== undefined, expr.parameter ?? 0, range.rangeNs)
  const tumbling = grid.count === 1 || range.rangeNs <= grid.stepNs
  const windows = tumbling ? new TumblingWindows(makeFold, limits) : new SlidingWindows(makeFold, limits)
  const extractor = compileExtractor(expr, outer)
  const reader = openReader(expr, grid, source)
  const absent = expr.op === 'absent_over_time' ? absentVector(expr) : undefined
  return {
    async at(step) {
      const to = step * grid.stepNs - range.offsetNs
      const from = to - range.rangeNs
      windows.startStep(from)
      await reader.read(to, (record, time) => {
        if (time > from && extractor.extract(record)) windows.add(extractor.series, time, extractor.value)
      })
      const vector = windows.vector(from, to)
      if (absent === undefined) return vector
      return vector.length === 0 ? absent : []
    },
    close: () => reader.close(),
  }
}

function openReader({ range }: RangeAggregation, grid: Grid, source: LogSource): RecordReader {
  const first = grid.startNs - BigInt(range.offsetNs)
  const last = first + BigInt(grid.stepNs) * BigInt(grid.count - 1)
  return new RecordReader(source.open(range, first - BigInt(range.rangeNs), last), grid.startNs)
}

/** What absent_over_time says of nothing: the labels that the selector fixes. */
function absentVector({ range }: RangeAggregation): Vector {
  const { matchers } = range.selector
  const fixed = matchers.filter(
    ({ name, op }) => op === '=' && matchers.filter((other) => other.name === name).length === 1,
  )
  return [{ series: seriesOf(fixed.map(({ name, value }) => [name, value])), value: 1 }]
}

/** Windows that don't overlap: every sample goes into its window's fold, and is not kept. */
class TumblingWindows {
  readonly #makeFold: () => Fold
  readonly #limits: EvaluationLimits
  readonly #folds = new Map<string, { readonly series: Series; readonly fold: Fold }>()

  constructor(makeFold: () => Fold, limits: EvaluationLimits) {
    this.#makeFold = makeFold
    this.#limits = limits
  }

  startStep(): void {
    this.#folds.clear()
  }

  add(series: Series, time: number, value: number): void {
    let window = this.#folds.get(series.key)
    if (window === undefined) {
      window = { series, fold: this.#makeFold() }
      this.#folds.set(series.key, window)
      checkSeries(this.#folds.size, this.#limits)
    }
    window.fold.add(time, value)
  }

  vector(from: number, to: number): Vector {
    const samples: Sample[] = []
    for (const { series, fold } of this.#folds.values())
      samples.push({ series, value: fold.result(from, to) })
    return samples
  }
}

type Sliding = { readonly series: Series; readonly samples: SampleQueue; readonly fold: Fold }

/** Windows that overlap: samples are kept as long as a window may hold them. */
class SlidingWindows {
  readonly #makeFold: () => Fold
  readonly #limits: EvaluationLimits
  readonly #series = new Map<string, Sliding>()
  #held = 0

  constructor(makeFold: () => Fold, limits: EvaluationLimits) {
    this.#makeFold = makeFold
    this.#limits = limits
  }

  startStep(from: number): void {
    for (const [key, { samples, fold }] of this.#series) {
      this.#held -= samples.dropUntil(
        from,
        fold.remove === undefined ? undefined : (value) => fold.remove!(value),
      )
      if (samples.length === 0) this.#series.delete(key)
    }
  }

  add(series: Series, time: number, value: number): void {
    let sliding = this.#series.get(series.key)
    if (sliding === undefined) {
      sliding = { series, samples: new SampleQueue(), fold: this.#makeFold() }
      this.#series.set(series.key, sliding)
      checkSeries(this.#series.size, this.#limits)
    }
    if (++this.#held > this.#limits.samplesMax)
      throw new EvaluationError(
        `the windows of this query hold more than ${this.#limits.samplesMax} lines at once: take a shorter range or filter more`,
      )
    sliding.samples.push(time, value)
    if (sliding.fold.remove !== undefined) sliding.fold.add(time, value)
  }

  vector(from: number, to: number): Vector {
    const samples: Sample[] = []
    for (const { series, samples: queue, fold } of this.#series.values()) {
      if (fold.remove === undefined) {
        fold.reset()
        queue.feed(fold)
      }
      samples.push({ series, value: fold.result(from, to) })
    }
    return samples
  }
}

function checkSeries(count: number, { rangeSeriesMax }: EvaluationLimits): void {
  if (count > rangeSeriesMax)
    throw new EvaluationError(
      `a range aggregation of this query has more than ${rangeSeriesMax} series: filter more, or extract fewer labels`,
    )
}
