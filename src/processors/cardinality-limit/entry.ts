import type { Batch } from '../../otlp/batch.ts'
import type { Limit } from './config.ts'
import { GrowthMeter } from './growth-meter.ts'
import { LabelLimits, type LabelValues, NO_LABEL } from './label-values.ts'

/**
 * Whether a new series may enter, beside the number of those that are there: its metric's growth, its labels' values. Rules are
 * numbers of limits; of a metric without one everything enters.
 */
export class Entry {
  /** The attribute row whose label kept the last series out; `NO_LABEL` if none did. */
  label = NO_LABEL
  readonly #growthPerMinute: Float64Array
  readonly #labels: ReadonlyArray<LabelLimits>
  readonly #growth = new GrowthMeter()
  readonly #values: LabelValues
  /** Per limit: whether values of labels are counted. */
  readonly #countsValues: ReadonlyArray<boolean>
  readonly #isSelective: ReadonlyArray<boolean>

  constructor(limits: ReadonlyArray<Limit>, values: LabelValues) {
    this.#values = values
    this.#growthPerMinute = Float64Array.from(limits, ({ growthPerMinute }) => growthPerMinute)
    this.#labels = limits.map(({ labels }) => new LabelLimits(labels))
    this.#countsValues = limits.map(({ labels, policy }) => labels.length > 0 || policy === 'strip')
    this.#isSelective = limits.map(
      ({ growthPerMinute, labels }) => labels.length > 0 || growthPerMinute !== Number.POSITIVE_INFINITY,
    )
  }

  begin(batch: Batch, nowMs: number): void {
    this.#growth.advance(nowMs)
    this.#values.begin(batch, nowMs)
  }

  end(): void {
    this.#values.end()
  }

  /** Whether it matters which limiter has judged a series in this request: growth is counted once for each. */
  isSelective(rule: number): boolean {
    return this.#isSelective[rule] === true
  }

  /** Asks for the series of point `i`. Counts nothing. */
  admits(i: number, metric: number, rule: number): boolean {
    this.label = NO_LABEL
    if (!this.#isSelective[rule]) return true
    if (!this.#labels[rule]!.isEmpty) {
      this.label = this.#values.pastLimit(i, metric, this.#labels[rule]!)
      if (this.label !== NO_LABEL) return false
    }
    return this.#growth.hasRoom(metric, this.#growthPerMinute[rule]!)
  }

  /** The series of point `i` has entered. */
  entered(i: number, metric: number, rule: number): void {
    if (this.#isSelective[rule]) this.#growth.count(metric)
    this.renewed(i, metric, rule)
  }

  /** The series of point `i` is active still: so are the values of its labels. */
  renewed(i: number, metric: number, rule: number): void {
    if (this.#countsValues[rule]) this.#values.count(i, metric)
  }
}
