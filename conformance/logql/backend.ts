import type { EvalMode, LoadedStream } from './script.ts'

export type GotEntry = {
  readonly timeNs: bigint
  readonly line: string
  readonly stream: ReadonlyMap<string, string>
  readonly metadata: ReadonlyMap<string, string>
  readonly parsed: ReadonlyMap<string, string>
}
export type GotSeries = {
  readonly labels: ReadonlyMap<string, string>
  /** One place per step; undefined where there is no point. */
  readonly points: ReadonlyArray<number | undefined>
}
export type Got =
  | { readonly kind: 'series'; readonly series: ReadonlyArray<GotSeries> }
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'entries'; readonly entries: ReadonlyArray<GotEntry> }

export type InstantMode = Extract<EvalMode, { kind: 'instant' }>
export type RangeMode = Extract<EvalMode, { kind: 'range' }>
export type SelectMode = Extract<EvalMode, { kind: 'select' }>

/**
 * What answers the queries of a script. A query that fails is a rejected promise, whose message is what the script looks
 * at. Times are nanoseconds from the script's epoch; a back end may move them, and moves them back.
 */
export interface Backend {
  /** Adds records to those that are there. */
  load(streams: ReadonlyArray<LoadedStream>): Promise<void>
  /** Forgets all records. */
  clear(): Promise<void>
  /** A metric query, or a log query over the 30 seconds before the instant. */
  evalInstant(query: string, mode: InstantMode): Promise<Got>
  evalRange(query: string, mode: RangeMode): Promise<Got>
  /** Entries in [from, to). */
  evalLogs(query: string, mode: SelectMode): Promise<Got>
  close(): Promise<void>
}
