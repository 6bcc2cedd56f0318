import { LINKS_MAX, type SpanContext } from '../../telemetry/tracing.ts'
import type { BlockBuilder } from '../native/block-builder.ts'
import type { CommitHeader } from '../spool/commit-record.ts'
import type { Note } from '../spool/notes.ts'
import { type RequestsEntry, requestLine } from '../spool/request-index.ts'
import type { Answer, ObservedRows, RequestHash } from '../store.ts'
import type { RowSet, Table } from '../tables/table.ts'
import type { BuilderPool } from './builders.ts'
import type { LedgerTotals } from './ledger-totals.ts'
import { SeriesKeys } from './series-keys.ts'

/** A request that waits for its commit. */
export type PendingRequest = {
  readonly hash: RequestHash
  /** False for a request that two senders may both have meant: its hash is not remembered. */
  readonly remembered: boolean
  readonly answer: Answer
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

type OpenBlock = {
  readonly builder: BlockBuilder<RowSet>
  readonly partition: BlockPartition
  firstSeq: bigint
  lastSeq: bigint
}

export type BlockPartition = { readonly name: string; readonly day?: number; readonly retentionDays?: number }

/** Rows on their way to one commit record: a block builder per (table, partition), and who waits for them. */
export class OpenCommit {
  readonly number: number
  readonly requests: PendingRequest[] = []
  readonly ledger: LedgerTotals
  readonly observed: ObservedRows[] = []
  readonly notes: Note[] = []
  /** Resource-days that this commit carries, to be marked known once it is durable. */
  readonly dimensionKeys = new Set<string>()
  /** The same of series-days. */
  readonly series = new SeriesKeys()
  /** Of the requests that are traced, as many as a span may link to. */
  readonly traced: SpanContext[] = []
  readonly #pool: BuilderPool
  readonly #blocks = new Map<string, OpenBlock>()
  #firstSeq: bigint | undefined
  #lastSeq = 0n

  constructor(number: number, pool: BuilderPool, ledger: LedgerTotals) {
    this.number = number
    this.#pool = pool
    this.ledger = ledger
  }

  trace(request: SpanContext): void {
    if (this.traced.length < LINKS_MAX) this.traced.push(request)
  }

  /** The lowest Seq that its rows have, if it has any. */
  get firstSeq(): bigint | undefined {
    return this.#firstSeq
  }

  get bytes(): number {
    let bytes = 0
    for (const { builder } of this.#blocks.values()) bytes += builder.bytes
    return bytes
  }

  /** Adds rows that belong in one partition, with the Seq numbers first … first + count - 1. */
  add<Rows extends RowSet>(
    table: Table<Rows>,
    partition: BlockPartition,
    rows: Rows,
    firstSeq: bigint,
  ): void {
    const block = this.#block(table, partition, firstSeq)
    const builder = block.builder as unknown as BlockBuilder<Rows>
    builder.append(rows)
    const lastSeq = firstSeq + BigInt(rows.count - 1)
    block.lastSeq = lastSeq
    this.#firstSeq ??= firstSeq
    if (lastSeq > this.#lastSeq) this.#lastSeq = lastSeq
  }

  /** The commit record's parts. Nothing may be added after; the chunks are valid until {@link release}. */
  seal(info: { gatewayId: string; schemaVersion: number; timeMs: number; previousSeq: bigint }): {
    header: CommitHeader
    chunks: Uint8Array[]
  } {
    const chunks: Uint8Array[] = []
    const blocks: CommitHeader['blocks'][number][] = []
    for (const { builder, partition, firstSeq, lastSeq } of this.#blocks.values()) {
      const { name, ...values } = partition
      const { rows } = builder
      const parts = builder.finish()
      let byteLength = 0
      for (const part of parts) byteLength += part.byteLength
      for (const part of parts) chunks.push(part)
      blocks.push({
        table: builder.table.name,
        partition: name,
        ...values,
        rows,
        firstSeq: firstSeq.toString(),
        lastSeq: lastSeq.toString(),
        byteLength,
      })
    }
    // A commit without rows must not take the highest Seq back.
    let lastSeq = info.previousSeq
    if (this.#lastSeq > lastSeq) lastSeq = this.#lastSeq
    const requests: RequestsEntry = {
      timeMs: info.timeMs,
      lastSeq: lastSeq.toString(),
      lastCommit: this.number,
      requests: this.requests
        .filter(({ remembered }) => remembered)
        .map(({ hash, answer }) => requestLine(hash, answer)),
      ...(this.notes.length > 0 ? { notes: this.notes } : {}),
    }
    const { gatewayId, schemaVersion } = info
    return { header: { commit: this.number, schemaVersion, gatewayId, blocks, requests }, chunks }
  }

  /** Gives the builders back once nobody reads their chunks any more. */
  release(): void {
    for (const { builder } of this.#blocks.values()) this.#pool.giveBack(builder)
    this.#blocks.clear()
  }

  #block<Rows extends RowSet>(table: Table<Rows>, partition: BlockPartition, firstSeq: bigint): OpenBlock {
    const key = `${table.name} ${partition.name}`
    let block = this.#blocks.get(key)
    if (block === undefined) {
      const builder = this.#pool.take(table) as unknown as BlockBuilder<RowSet>
      block = { builder, partition, firstSeq, lastSeq: firstSeq }
      this.#blocks.set(key, block)
    }
    return block
  }
}
