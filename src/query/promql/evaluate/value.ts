import { NO_SERIES, type Series } from '../../logql/metrics/series.ts'
import { FLOAT, type Grid, type GridSeries, type GridVector, HISTOGRAM } from '../grid.ts'
import type { Histogram } from '../histogram/histogram.ts'

/** What an expression is, at every instant of a grid. */
export type Value = ScalarValue | VectorValue | StringValue
export type ScalarValue = { readonly kind: 'scalar'; readonly values: Float64Array }
export type VectorValue = { readonly kind: 'vector'; readonly series: GridVector }
export type StringValue = { readonly kind: 'string'; readonly value: string }

export const NOTHING: VectorValue = { kind: 'vector', series: [] }

/** A series of a grid while it is filled. */
export class SeriesWriter implements GridSeries {
  readonly series: Series
  readonly kinds: Uint8Array
  readonly values: Float64Array
  histograms: Array<Histogram | undefined> | undefined
  readonly dropName: boolean
  #filled = false

  constructor(series: Series, count: number, dropName: boolean) {
    this.series = series
    this.kinds = new Uint8Array(count)
    this.values = new Float64Array(count)
    this.histograms = undefined
    this.dropName = dropName
  }

  /** Has it a sample at any instant? */
  get filled(): boolean {
    return this.#filled
  }

  float(step: number, value: number): void {
    this.kinds[step] = FLOAT
    this.values[step] = value
    this.#filled = true
  }

  histogram(step: number, histogram: Histogram): void {
    this.histograms ??= Array.from({ length: this.kinds.length }, () => undefined)
    this.kinds[step] = HISTOGRAM
    this.histograms[step] = histogram
    this.#filled = true
  }

  /** Whatever another series has there. */
  copy(step: number, from: GridSeries): void {
    const kind = from.kinds[step]
    if (kind === FLOAT) this.float(step, from.values[step]!)
    else if (kind === HISTOGRAM) this.histogram(step, from.histograms![step]!)
  }
}

/** The series that have a sample at all. */
export function filledOf(writers: Iterable<SeriesWriter>): GridVector {
  return [...writers].filter(({ filled }) => filled)
}

/** A scalar as a vector: one series without labels, always there. */
export function vectorOfScalar({ values }: ScalarValue): VectorValue {
  const kinds = new Uint8Array(values.length).fill(FLOAT)
  return {
    kind: 'vector',
    series: [{ series: NO_SERIES, kinds, values, histograms: undefined, dropName: false }],
  }
}

export function constant(value: number, { count }: Grid): ScalarValue {
  return { kind: 'scalar', values: new Float64Array(count).fill(value) }
}

/** Makes a series out of each, from its floats alone. */
export function mapFloats(
  { series }: VectorValue,
  map: (value: number, step: number) => number,
  dropName = true,
): VectorValue {
  return {
    kind: 'vector',
    series: filledOf(
      series.map((from) => {
        const to = new SeriesWriter(from.series, from.kinds.length, from.dropName || dropName)
        for (let step = 0; step < from.kinds.length; step++)
          if (from.kinds[step] === FLOAT) to.float(step, map(from.values[step]!, step))
        return to
      }),
    ),
  }
}
