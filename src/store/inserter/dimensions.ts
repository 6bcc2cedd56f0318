import { randomUUID } from 'node:crypto'
import type { Database } from '../database.ts'
import type { SpoolBlock } from '../spool/commit-record.ts'
import type { Quarantine } from '../spool/quarantine.ts'
import type { Segments } from '../spool/segments.ts'
import { Backoff } from './backoff.ts'
import { attemptInsert, type InserterEvents, type TableOf } from './inserting.ts'

type Parts = {
  readonly database: Database
  readonly segments: Segments
  readonly quarantine: Quarantine
  readonly tableOf: TableOf
  readonly events: InserterEvents
  readonly options: {
    readonly attemptTimeoutMs: number
    readonly retryMinMs: number
    readonly retryMaxMs: number
    readonly groupBytesMax: number
  }
  readonly signal: AbortSignal
}

/**
 * Inserts dimension blocks (resources, series), which may be inserted again without harm: no group, no token, no
 * count. Before rows are sent, every dimension block of the same and earlier commits must be in.
 */
export class DimensionInserter {
  readonly #parts: Parts
  #waiting: SpoolBlock[] = []
  #running: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get waiting(): ReadonlyArray<SpoolBlock> {
    return this.#waiting
  }

  add(block: SpoolBlock): void {
    this.#waiting.push(block)
  }

  /** Resolves once no dimension block of a commit up to `commit` waits. Rejects only when the signal aborts. */
  async insertedUpTo(commit: number): Promise<void> {
    while (this.#waiting.some((block) => block.commit <= commit)) {
      this.#running ??= this.#insertWaiting().finally(() => {
        this.#running = undefined
      })
      await this.#running
    }
  }

  async #insertWaiting(): Promise<void> {
    const byPartition = Map.groupBy(this.#waiting, ({ table, partition }) => `${table} ${partition}`)
    for (const blocks of byPartition.values())
      for (const part of cutByBytes(blocks, this.#parts.options.groupBytesMax)) await this.#insert(part)
  }

  async #insert(blocks: ReadonlyArray<SpoolBlock>): Promise<void> {
    const { options, signal, tableOf } = this.#parts
    const backoff = new Backoff({ minMs: options.retryMinMs, maxMs: options.retryMaxMs })
    const table = tableOf(blocks[0]!.table)
    for (;;) {
      signal.throwIfAborted()
      const result = await attemptInsert(
        { ...this.#parts, table, timeoutMs: options.attemptTimeoutMs },
        blocks,
        { queryId: randomUUID() },
      )
      if (result === 'stored') return this.#settle(blocks)
      if (result.failure === 'refused') return this.#isolate(blocks, result.message)
      await backoff.wait(signal)
    }
  }

  async #isolate(blocks: ReadonlyArray<SpoolBlock>, reason: string): Promise<void> {
    if (blocks.length > 1) {
      for (const block of blocks) await this.#insert([block])
      return
    }
    const { quarantine, events, tableOf } = this.#parts
    const block = blocks[0]!
    await quarantine.add(
      block,
      tableOf(block.table).columns.map(({ name }) => name),
      reason,
    )
    events.quarantined(block, reason)
    this.#settle(blocks)
  }

  #settle(blocks: ReadonlyArray<SpoolBlock>): void {
    const settled = new Set(blocks)
    this.#waiting = this.#waiting.filter((block) => !settled.has(block))
    for (const block of blocks) this.#parts.segments.settle(block)
    this.#parts.events.settled(blocks)
  }
}

/** Cuts a list into runs of at most `bytesMax`, each of at least one block. */
export function* cutByBytes(blocks: ReadonlyArray<SpoolBlock>, bytesMax: number): Generator<SpoolBlock[]> {
  let part: SpoolBlock[] = []
  let bytes = 0
  for (const block of blocks) {
    if (part.length > 0 && bytes + block.byteLength > bytesMax) {
      yield part
      part = []
      bytes = 0
    }
    part.push(block)
    bytes += block.byteLength
  }
  if (part.length > 0) yield part
}
