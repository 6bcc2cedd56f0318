import type { Batch, Signal } from '../otlp/batch.ts'
import type { Span } from '../telemetry/tracing.ts'
import type { Note } from './spool/notes.ts'

/** What a sender is told once its request is durable. */
export type Answer = {
  /** Records that Weir could not take (too old, an id of the wrong length, …). Dropped by a rule is not rejected. */
  readonly rejected: number
  /** Why, one sentence; empty when nothing was rejected. */
  readonly message: string
}

export type RequestMeta = {
  /** Hash over signal, tenant of the credential or header, and decompressed body. */
  readonly hash: RequestHash
  readonly receivedMs: number
  /** Undefined if the request leaves no trace. */
  readonly span?: Span | undefined
}

/** 128 bits as a string of 16 latin1 characters: the cheapest exact key that a Map takes. */
export type RequestHash = string

/** Why the store can't take a request now. All are retryable. */
export type RefusalReason = 'spool_full' | 'disk_full' | 'commit_failed' | 'stopping' | 'overloaded'

export class RefusedError extends Error {
  readonly reason: RefusalReason
  readonly retryAfterMs: number

  constructor(reason: RefusalReason, message: string, retryAfterMs: number, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'RefusedError'
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Kept rows of one durable request, for the tail. A copy: the observer owns it. */
export type ObservedRows = {
  readonly batch: Batch
  /** Per record of the batch: its Seq as two words, (0, 0) for records that were not kept. */
  readonly seq: Uint32Array
}

export type Observer = (rows: ObservedRows) => void

/** The durable side of the gateway: everything behind the processors. */
export type Store = {
  /**
   * The answer of a request that was sent before and is committed, or joins the wait for the one in the open
   * commit; undefined if it is new.
   */
  repeated(hash: RequestHash): Promise<Answer> | undefined
  /** Throws {@link RefusedError} if no room is left (spool, disk) or the store is stopping. Call before scanning. */
  admit(): void
  /** The number of the commit that the next `append` joins. */
  readonly openCommit: number
  /**
   * Joins a scanned, ruled batch to the open commit. Synchronous up to the join; the promise settles when the
   * rows are durable (`ack: spool`) or inserted (`ack: clickhouse`). Rejects with {@link RefusedError} only.
   */
  append(batch: Batch, meta: RequestMeta): Promise<Answer>
  /**
   * Joins records that the gateway itself made to the open commit; the ledger counts them as generated. Never seals it: within one
   * synchronous step, what joins before and after has the same number. Rejects with {@link RefusedError} only.
   */
  appendGenerated(batch: Batch, receivedMs: number): Promise<void>
  /** Called with the number of each commit, in order, when it is durable or was refused. */
  onCommit(listener: (commit: number, durable: boolean) => void): void
  /**
   * Asked as each commit is sealed, when all before it have ended: its notes are as durable as its rows, and are kept until a later commit
   * covers them.
   */
  onSeal(notes: (commit: number) => ReadonlyArray<Note>): void
  /** The notes of commits before this start that no rows cover yet, in order. */
  notesOf(name: string): ReadonlyArray<string>
  /** Copies of kept rows once durable, in Seq order. Free when nobody observes. Returns how to stop. */
  observe(signal: Signal, observer: Observer): () => void
}
