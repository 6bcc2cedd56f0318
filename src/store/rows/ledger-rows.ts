import type { OpenCommit } from '../commit/open-commit.ts'
import type { Sequence } from '../spool/sequence.ts'
import { ledger } from '../tables/ledger.ts'
import type { LedgerRows } from '../tables/rows.ts'
import { highWord, lowWord } from './words.ts'

type Origin = { readonly gatewayId: string; readonly timeMs: number; readonly sequence: Sequence }

/** Adds what a commit received, stored, dropped and rejected to it, as rows of their own: its last block. */
export function addLedgerRows(commit: OpenCommit, { gatewayId, timeMs, sequence }: Origin): void {
  const entries = commit.ledger.entries()
  if (entries.length === 0) return
  const first = sequence.take(entries.length)
  const words = { seqLow: lowWord(first), seqHigh: highWord(first) }
  const rows: LedgerRows = { entries, gatewayId, timeMs, ...words, count: entries.length }
  // As `ledger` is partitioned: toYYYYMM(Time).
  commit.add(ledger, { name: new Date(timeMs).toISOString().slice(0, 7) }, rows, first)
}
