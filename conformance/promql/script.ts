import type { Histogram } from '../../src/query/promql/histogram/histogram.ts'

/** What a `.test` script says, read from its text. Times are milliseconds from the script's epoch. */

export type Point = number | Histogram
export type LoadedSample = { readonly timeMs: number; readonly value: Point | 'stale' }
export type LoadedSeries = {
  readonly labels: ReadonlyMap<string, string>
  readonly samples: ReadonlyArray<LoadedSample>
}

export type ExpectedSeries = {
  readonly labels: ReadonlyMap<string, string>
  /** One per step of a range; one, of an instant. Undefined where nothing may be. */
  readonly points: ReadonlyArray<Point | undefined>
}
export type ExpectedResult =
  /** In any order, or in that of the script. Nothing expected is no series. */
  | { readonly kind: 'series'; readonly series: ReadonlyArray<ExpectedSeries>; readonly ordered: boolean }
  /** Of an instant eval: the samples of a range vector, at the steps from `startMs` on. */
  | {
      readonly kind: 'samples'
      readonly series: ReadonlyArray<ExpectedSeries>
      readonly startMs: number
      readonly stepMs: number
    }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'fail' }

/** A text must be what was noted (or the error), a pattern must be found in it; without either, anything will do. */
export type ExpectedText = { readonly text: string | undefined; readonly pattern: string | undefined }
export type ExpectedNotes = {
  readonly fail: ReadonlyArray<ExpectedText>
  readonly warn: ReadonlyArray<ExpectedText>
  readonly info: ReadonlyArray<ExpectedText>
  readonly noWarn: boolean
  readonly noInfo: boolean
}

export type EvalMode =
  | { readonly kind: 'instant'; readonly timeMs: number }
  | { readonly kind: 'range'; readonly startMs: number; readonly endMs: number; readonly stepMs: number }

export type EvalCommand = {
  readonly kind: 'eval'
  readonly line: number
  readonly mode: EvalMode
  readonly query: string
  readonly expected: ExpectedResult
  readonly notes: ExpectedNotes
  /** It expects native histograms. */
  readonly histograms: boolean
}
export type Command =
  | { readonly kind: 'clear'; readonly line: number }
  | { readonly kind: 'load'; readonly line: number; readonly series: ReadonlyArray<LoadedSeries> }
  | EvalCommand
