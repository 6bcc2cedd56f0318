/** Name to value. What is shared (the labels of one stream) should be the same object, since results are kept by identity. */
export type Labels = ReadonlyMap<string, string>

/** One log record, as stores and tails hand it to the evaluator. Nothing of it is kept after the call. */
export type LogRecord = {
  /** Unix time in nanoseconds: the upper 32 bits. Two words cost no allocation; see docs/adr/0012-logql.md. */
  readonly timeHigh: number
  /** The lower 32 bits, 0 to 2^32 - 1. */
  readonly timeLow: number
  readonly line: string
  /** Labels of the stream. */
  readonly stream: Labels
  readonly metadata: Labels
}

export const NO_LABELS: Labels = new Map()

/** What an evaluation found of one record. */
export type LogEntry = {
  readonly timeHigh: number
  readonly timeLow: number
  readonly line: string
  /** The labels by where they come from, each name in one of them. */
  readonly stream: Labels
  readonly metadata: Labels
  readonly parsed: Labels
}

export function timeNs(at: { readonly timeHigh: number; readonly timeLow: number }): bigint {
  return (BigInt(at.timeHigh) << 32n) | BigInt(at.timeLow)
}

export function timeWords(ns: bigint): { readonly timeHigh: number; readonly timeLow: number } {
  return { timeHigh: Number(ns >> 32n), timeLow: Number(ns & 0xffffffffn) }
}
