import type { Labels } from '../logql/record.ts'
import type { MatchOp } from './ast.ts'
import type { Grid, GridVector } from './grid.ts'
import type { Histogram } from './histogram/histogram.ts'

/** `name op "value"`; the metric's name is the label `__name__`. Regular expressions match the whole value, as Go reads them; `.` matches newlines too (matcher.ts). */
export type LabelMatcher = { readonly name: string; readonly op: MatchOp; readonly value: string }

/**
 * What was stored of one series: samples in the order of their times, one per time. Float samples and histograms stand
 * apart, as they are used apart; of a series that changed from one to the other, both are there.
 */
export type StoredSeries = {
  /** With `__name__`, if it has one. No two series of an answer have equal labels. */
  readonly labels: Labels
  readonly timesMs: Float64Array
  readonly values: Float64Array
  /**
   * 1 where the sample is a staleness marker (OTLP: no recorded value), of floats and histograms alike; its value is not
   * read. Undefined where there is none. A flag rather than Prometheus' own NaN, whose bits JavaScript may change.
   */
  readonly stale: Uint8Array | undefined
  readonly histograms: StoredHistograms | undefined
}
export type StoredHistograms = {
  readonly timesMs: Float64Array
  readonly values: ReadonlyArray<Histogram>
}

export type SeriesSet = ReadonlyArray<StoredSeries>

/** What the evaluator will do with the samples. A source may use it to read less, and may ignore it. */
export type SelectHints = {
  /** The function or aggregation right around the selector, '' if there is none. */
  readonly func: string
  /** The grouping of that aggregation; undefined where there is none. */
  readonly by: GroupingHint | undefined
  readonly stepMs: number
  /** Width of the window of a range selector; 0 of an instant selector. */
  readonly rangeMs: number
}
export type GroupingHint = { readonly without: boolean; readonly labels: ReadonlyArray<string> }

export type SelectRequest = {
  readonly matchers: ReadonlyArray<LabelMatcher>
  /** Samples after this time … */
  readonly startMs: number
  /** … up to and with this one. */
  readonly endMs: number
  readonly hints: SelectHints
  /** The source must throw a PromqlLimitError rather than give more samples than this. */
  readonly samplesMax: number
}

/** Range functions of floats that a source may compute itself; `last` is an instant selector with its lookback. */
export type GridFunction =
  | 'last'
  | 'rate'
  | 'increase'
  | 'delta'
  | 'irate'
  | 'idelta'
  | 'changes'
  | 'resets'
  | 'deriv'
  | 'predict_linear'
  | 'sum_over_time'
  | 'avg_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'count_over_time'
  | 'last_over_time'
  | 'first_over_time'
  | 'present_over_time'
  | 'stddev_over_time'
  | 'stdvar_over_time'
  | 'quantile_over_time'

export type GridAggregation = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'group' | 'stddev' | 'stdvar'

/**
 * A part of a query that a source may answer whole: `func` over the window (t - offsetMs - rangeMs, t - offsetMs] of each
 * instant t, then `aggregation` over the series of the instant, if there is one.
 */
export type GridRequest = {
  readonly matchers: ReadonlyArray<LabelMatcher>
  readonly func: GridFunction
  /** φ of quantile_over_time, seconds of predict_linear; else undefined. */
  readonly parameter: number | undefined
  /** Of `last`, the lookback. */
  readonly rangeMs: number
  readonly offsetMs: number
  readonly aggregation: { readonly op: GridAggregation; readonly grouping: GroupingHint } | undefined
  readonly grid: Grid
  readonly seriesMax: number
}

/**
 * Without an aggregation, series have all their labels with `__name__`, and the evaluator drops the name where the
 * function does; behind one, those that its grouping keeps. `dropName` is set by the evaluator: give false.
 */
export type GridAnswer = {
  readonly series: GridVector
  /** The names of the metrics that the answer is made of, for notes about them. */
  readonly metricNames: ReadonlyArray<string>
}

/** Where series come from. One source serves one query of one tenant. */
export type SeriesSource = {
  readonly select: (request: SelectRequest) => Promise<SeriesSet>
  /**
   * Asked first for every part that fits a {@link GridRequest}, the larger before the smaller. Undefined where the source
   * can't give exactly what the evaluator would: if histograms match, if a function is not known to it.
   */
  readonly grid?: (request: GridRequest) => Promise<GridAnswer | undefined>
}
