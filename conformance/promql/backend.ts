import type { Bucket } from '../../src/query/promql/histogram/bounds.ts'
import type { EvalMode, LoadedSeries, Point } from './script.ts'

/** What an answer says of a native histogram: the buckets that count something, from the smallest values to the largest. */
export type AnsweredHistogram = {
  readonly count: number
  readonly sum: number
  readonly buckets: ReadonlyArray<Bucket>
}
export type GotPoint = Point | AnsweredHistogram

export type GotSeries = {
  readonly labels: ReadonlyMap<string, string>
  /** One place per step; undefined where there is no point. */
  readonly points: ReadonlyArray<GotPoint | undefined>
}
/** A series of a range vector: floats and native histograms, each in the order of their times. */
export type GotSamples = {
  readonly labels: ReadonlyMap<string, string>
  readonly samples: ReadonlyArray<{ readonly timeMs: number; readonly value: GotPoint }>
}
export type Got = { readonly warnings: ReadonlyArray<string>; readonly infos: ReadonlyArray<string> } & (
  | { readonly kind: 'series'; readonly series: ReadonlyArray<GotSeries> }
  | { readonly kind: 'samples'; readonly series: ReadonlyArray<GotSamples> }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
)

export type InstantMode = Extract<EvalMode, { kind: 'instant' }>
export type RangeMode = Extract<EvalMode, { kind: 'range' }>

/**
 * What answers the queries of a script. A query that fails is a rejected promise, whose message is what the script looks
 * at. Times are milliseconds from the script's epoch, 0; a back end may move them, and moves them back.
 */
export interface Backend {
  /** Adds samples to those that are there; a later one replaces one of the same series and time. */
  load(series: ReadonlyArray<LoadedSeries>): Promise<void>
  /** Forgets all samples. */
  clear(): Promise<void>
  evalInstant(query: string, mode: InstantMode): Promise<Got>
  /** A scalar of a range is a series without labels. */
  evalRange(query: string, mode: RangeMode): Promise<Got>
  close(): Promise<void>
}
