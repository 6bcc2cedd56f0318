import type { Series } from '../logql/metrics/series.ts'
import type { Histogram } from './histogram/histogram.ts'

/** The instants of a query: `count` of them, `stepMs` apart. An instant query has one, and a step of 0. */
export type Grid = { readonly startMs: number; readonly stepMs: number; readonly count: number }

/** What a series has at an instant of the grid. */
export const ABSENT = 0
export const FLOAT = 1
export const HISTOGRAM = 2

/** One series on a grid: a place per instant. */
export type GridSeries = {
  readonly series: Series
  /** ABSENT, FLOAT or HISTOGRAM per instant. */
  readonly kinds: Uint8Array
  /** Read where the kind is FLOAT. */
  readonly values: Float64Array
  /** Read where the kind is HISTOGRAM; undefined where the series has none. */
  readonly histograms: ReadonlyArray<Histogram | undefined> | undefined
  /** The name of the metric goes when the query is done: a function of it is no longer that metric. */
  readonly dropName: boolean
}

export type GridVector = ReadonlyArray<GridSeries>
