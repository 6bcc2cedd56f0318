import type { Series } from '../../logql/metrics/series.ts'
import { SeriesWriter } from '../../promql/evaluate/value.ts'
import { ABSENT, FLOAT, type GridVector } from '../../promql/grid.ts'
import { Sum } from '../../promql/kahan.ts'
import type { GridAggregation } from '../../promql/source.ts'
import { doublesOf, marksOf } from '../execute/doubles.ts'

/** What a statement says of one series or group: `places` the instants of its doubles, where those are not all. */
export type GridRow = {
  readonly places: string
  readonly doubles: string
  /** Of an average, how many values are in each sum. */
  readonly counts: string
}

/** Beyond it, what cancels out has taken too many digits with it. */
const CANCELLED = 1000

type Draft = {
  readonly series: Series
  readonly kinds: Uint8Array
  readonly values: Float64Array
  readonly lost: Float64Array
  readonly magnitudes: Float64Array
  readonly counts: Float64Array
}

/** Puts the grids of several statements together: of equal series, as the aggregation has it. */
export class GridMerge {
  readonly #count: number
  readonly #op: GridAggregation | undefined
  readonly #drafts = new Map<string, Draft>()
  readonly #sum = new Sum()

  constructor(count: number, op: GridAggregation | undefined) {
    this.#count = count
    this.#op = op
  }

  get size(): number {
    return this.#drafts.size
  }

  add(series: Series, { places, doubles, counts }: GridRow): void {
    const values = doublesOf(doubles)
    const absent = marksOf(values)
    const steps = places === '' ? undefined : doublesOf(places)
    const own = counts === '' ? undefined : doublesOf(counts)
    const draft = this.#draftOf(series)
    for (let i = 0; i < values.length; i++) {
      if (absent !== undefined && absent[i] === 1) continue
      this.#put(draft, steps === undefined ? i : steps[i]!, values[i]!)
      if (own !== undefined) draft.counts[steps === undefined ? i : steps[i]!]! += own[i]!
    }
  }

  /** Undefined where the digits can't be relied on: of an average that overflows, of sums that cancel out. */
  vector(): GridVector | undefined {
    const all: SeriesWriter[] = []
    for (const draft of this.#drafts.values()) {
      const writer = new SeriesWriter(draft.series, this.#count, false)
      for (let step = 0; step < this.#count; step++) {
        if (draft.kinds[step] === ABSENT) continue
        const value = this.#valueAt(draft, step)
        if (value === undefined) return undefined
        writer.float(step, value)
      }
      if (writer.filled) all.push(writer)
    }
    return all
  }

  #draftOf(series: Series): Draft {
    const known = this.#drafts.get(series.key)
    if (known !== undefined) return known
    const array = (): Float64Array => new Float64Array(this.#count)
    const none = new Float64Array(0)
    const adds = this.#op === 'sum' || this.#op === 'avg'
    const draft: Draft = {
      series,
      kinds: new Uint8Array(this.#count),
      values: array(),
      lost: adds ? array() : none,
      magnitudes: adds ? array() : none,
      counts: this.#op === 'avg' ? array() : none,
    }
    this.#drafts.set(series.key, draft)
    return draft
  }

  #put(draft: Draft, step: number, value: number): void {
    const { kinds, values, lost, magnitudes } = draft
    const before = values[step]!
    const isFirst = kinds[step] === ABSENT
    kinds[step] = FLOAT
    switch (this.#op) {
      case 'sum':
      case 'avg':
        this.#sum.set(before, lost[step]!)
        this.#sum.add(value)
        values[step] = this.#sum.total
        lost[step] = this.#sum.lost
        magnitudes[step]! += Math.abs(value)
        return
      case 'count':
        values[step] = before + value
        return
      case 'min':
      case 'max': {
        const sign = this.#op === 'max' ? 1 : -1
        if (isFirst || Number.isNaN(before) || sign * value > sign * before) values[step] = value
        return
      }
      default:
        values[step] = value
    }
  }

  #valueAt({ values, lost, magnitudes, counts }: Draft, step: number): number | undefined {
    if (this.#op !== 'sum' && this.#op !== 'avg') return values[step]!
    const total = values[step]! + lost[step]!
    if (Number.isFinite(total) && magnitudes[step]! > CANCELLED * Math.abs(total)) return undefined
    if (this.#op === 'sum') return total
    return Number.isFinite(total) ? total / counts[step]! : undefined
  }
}
