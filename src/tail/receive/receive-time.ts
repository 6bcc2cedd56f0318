import { timeNs } from '../../query/logql/record.ts'
import { timeOfSequence } from '../../store/spool/sequence.ts'
import type { TailEntry } from '../line.ts'

export const NANOS_PER_MS = 1_000_000n
const DAY_MS = 86_400_000
const AHEAD_MS = 2 * 3_600_000

/**
 * The times that rows of Seq ranges may have: a Seq holds the time of receipt. Rows that were older than a day when they
 * came are left to queries of the past; the store takes none that is more than an hour ahead.
 */
export function rangeOf(
  ranges: ReadonlyArray<{ readonly from: bigint }>,
  nowMs: number,
): { readonly startNs: bigint; readonly endNs: bigint } {
  const firstMs = ranges.reduce((lowest, { from }) => Math.min(lowest, timeOfSequence(from)), nowMs)
  return {
    startNs: BigInt(Math.max(0, firstMs - DAY_MS)) * NANOS_PER_MS,
    endNs: BigInt(nowMs + AHEAD_MS) * NANOS_PER_MS,
  }
}

export const receivedNs = (seq: bigint): bigint => BigInt(timeOfSequence(seq)) * NANOS_PER_MS

export const timeOf = (entry: TailEntry): bigint => timeNs(entry)
