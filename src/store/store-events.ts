import type { Signal } from '../otlp/batch.ts'
import type { InserterEvents } from './inserter/inserting.ts'
import type { SpoolEvents } from './spool/spool.ts'
import type { LedgerEntry } from './tables/rows.ts'

/** What the store tells the gateway, for metrics and the log. None may throw. */
export type StoreEvents = SpoolEvents &
  Omit<InserterEvents, 'settled'> & {
    /** A commit is durable: what it received, stored, dropped and rejected. */
    readonly committed: (entries: ReadonlyArray<LedgerEntry>) => void
    /** A commit failed; all its requests were told to come back. */
    readonly refused: () => void
    readonly written: (info: { bytes: number; seconds: number }) => void
    readonly clockCorrected: (signal: Signal, records: number) => void
  }
