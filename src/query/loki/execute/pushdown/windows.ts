import { ApiError } from '../../../errors.ts'
import type { RangeAggregation } from '../../../logql/ast.ts'
import { type Sample, type Series, seriesOf, type Vector } from '../../../logql/metrics/series.ts'
import type { Buckets, RangeShape } from './range.ts'

/** One bucket of one series, as ClickHouse sends it; `g0`, `g1`, … are the labels' values. */
export type BucketRow = {
  readonly bucket: number
  readonly samples: number
  readonly result: number
  readonly doubtful: number
  /** A row has an attribute that was assumed to be absent. */
  readonly misgrouped: number
} & Readonly<Record<`g${number}`, string>>

/** Values of all series and steps that are held at once. */
const CELLS_MAX = 6_000_000

type Cells = { readonly series: Series; readonly counts: Uint32Array; readonly values: Float64Array }

/** Puts the windows of a grid together from their buckets, for all steps at once. */
export class Windows {
  readonly #by: ReadonlyArray<string>
  readonly #buckets: Buckets
  readonly #steps: number
  readonly #kind: RangeShape['measure']['kind']
  readonly #divisor: number
  readonly #series = new Map<string, Cells>()
  readonly #seriesMax: number

  constructor({ range, by, measure }: RangeShape, buckets: Buckets, steps: number, seriesMax: number) {
    this.#by = by
    this.#buckets = buckets
    this.#steps = steps
    this.#kind = measure.kind
    this.#divisor = isRate(range) ? range.range.rangeNs / 1e9 : 1
    this.#seriesMax = Math.min(seriesMax, Math.ceil(CELLS_MAX / steps))
  }

  add(row: BucketRow): void {
    const { counts, values } = this.#cellsOf(row)
    const { perStep, perWindow } = this.#buckets
    const first = Math.max(0, Math.ceil((row.bucket - perWindow + 1) / perStep))
    const last = Math.min(this.#steps - 1, Math.floor(row.bucket / perStep))
    for (let step = first; step <= last; step++) {
      const before = counts[step]!
      counts[step] = before + row.samples
      values[step] = before === 0 ? row.result : this.#merge(values[step]!, row.result)
    }
  }

  vector(step: number): Vector {
    const samples: Sample[] = []
    for (const { series, counts, values } of this.#series.values()) {
      const count = counts[step]!
      if (count === 0) continue
      const value = this.#kind === 'avg' ? values[step]! / count : values[step]! / this.#divisor
      samples.push({ series, value })
    }
    return samples
  }

  #merge(a: number, b: number): number {
    if (this.#kind === 'min') return Math.min(a, b)
    return this.#kind === 'max' ? Math.max(a, b) : a + b
  }

  #cellsOf(row: BucketRow): Cells {
    let key = ''
    for (let i = 0; i < this.#by.length; i++) key += `${row[`g${i}`]}\u0000`
    let cells = this.#series.get(key)
    if (cells === undefined) {
      if (this.#series.size >= this.#seriesMax) throw tooManySeries(this.#seriesMax)
      const labels = this.#by.flatMap((name, i): Array<[string, string]> => {
        const value = row[`g${i}`]!
        return value === '' ? [] : [[name, value]]
      })
      cells = {
        series: seriesOf(labels),
        counts: new Uint32Array(this.#steps),
        values: new Float64Array(this.#steps),
      }
      this.#series.set(key, cells)
    }
    return cells
  }
}

function isRate({ op }: RangeAggregation): boolean {
  return op === 'rate' || op === 'bytes_rate'
}

function tooManySeries(seriesMax: number): ApiError {
  return new ApiError(
    'query_too_large',
    `The query has more than ${seriesMax} series: group by fewer labels, filter more, or take a larger step.`,
  )
}
