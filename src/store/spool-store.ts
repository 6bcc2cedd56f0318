import type { Batch, Signal } from '../otlp/batch.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import { Capacity } from './capacity.ts'
import { Committer } from './commit/committer.ts'
import { KnownDimensions } from './commit/known-dimensions.ts'
import type { OpenCommit } from './commit/open-commit.ts'
import type { Database } from './database.ts'
import { Inserts } from './inserts.ts'
import { Observers } from './observers.ts'
import { rejectedAnswer } from './rejected-answer.ts'
import { addLedgerRows } from './rows/ledger-rows.ts'
import { ResourceResolver } from './rows/resources.ts'
import type { SignalKind } from './rows/signal-kind.ts'
import { SignalWriter } from './rows/signal-writer.ts'
import type { SpoolDisk } from './spool/files.ts'
import type { FatalSpoolError } from './spool/frame-log.ts'
import type { Note } from './spool/notes.ts'
import { timeOfSequence } from './spool/sequence.ts'
import { closeSpool, deleteSettled, openSpool, type Spool } from './spool/spool.ts'
import {
  type Answer,
  type Observer,
  RefusedError,
  type RequestHash,
  type RequestMeta,
  type Store,
} from './store.ts'
import type { StoreEvents } from './store-events.ts'
import type { StoreOptions } from './store-options.ts'
import { type StoreTraces, traceCommits } from './store-traces.ts'
import { WatermarkPublisher, type WatermarkState } from './watermark.ts'

export type StoreParts = {
  readonly disk: SpoolDisk
  readonly directory: string
  readonly database: Database
  readonly outcomes: Outcomes
  readonly signals: ReadonlyMap<Signal, SignalKind>
  readonly nowMs: () => number
  readonly events: StoreEvents
  readonly traces?: StoreTraces | undefined
  readonly fatal: (error: FatalSpoolError) => void
}

const MAINTENANCE_MS = 250
const RETRY_AFTER_MS = 1000

/** The {@link Store} over a spool on a disk. Opened, then started once ClickHouse has the tables. */
export class SpoolStore implements Store {
  readonly #options: StoreOptions
  readonly #parts: StoreParts
  readonly #spool: Spool
  readonly #committer: Committer
  readonly #inserts: Inserts
  readonly #capacity: Capacity
  readonly #known = new KnownDimensions()
  readonly #writers: ReadonlyMap<Signal, SignalWriter>
  readonly #observers = new Observers()
  readonly #watermark: WatermarkPublisher
  readonly #commitListeners: Array<(commit: number, durable: boolean) => void> = []
  #notes: (commit: number) => ReadonlyArray<Note> = () => []
  #maintenance: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #started = false
  #stopping: Promise<void> | undefined

  private constructor(options: StoreOptions, parts: StoreParts, spool: Spool) {
    this.#options = options
    this.#parts = parts
    this.#spool = spool
    const { events, traces, nowMs, outcomes, disk, directory, database } = parts
    this.#capacity = new Capacity(disk, directory, options.spool)
    const awaited = options.ack === 'clickhouse'
    this.#inserts = new Inserts(options.inserter, { ...parts, spool, known: this.#known }, awaited)
    this.#committer = new Committer(
      { ...options, ...options.spool },
      {
        ...spool,
        journalRequests: (entry) =>
          void spool.requests
            .append([entry], false)
            .catch((error) => events.failed('the requests journal', error)),
        outcomes,
        nowMs,
      },
      traceCommits(traces, {
        beforeSeal: (commit) => {
          this.#addLedger(commit)
          commit.notes.push(...this.#notes(commit.number))
        },
        durable: (commit, durable) => {
          this.#known.learn(commit)
          this.#inserts.add(durable)
          events.committed(commit.ledger.entries())
          this.#report(commit.number, true)
          this.#observers.deliver(commit.observed)
        },
        refused: (commit, error) => {
          events.failed('a commit failed; its requests were refused', error)
          events.refused()
          this.#report(commit.number, false)
        },
        fatal: parts.fatal,
        written: events.written,
        ...(awaited ? { inserted: (commit: number) => this.#inserts.inserted(commit) } : {}),
      }),
      spool.firstCommit,
    )
    const { gatewayId, resourceTtlDays } = options
    const writerParts = {
      gatewayId,
      sequence: spool.sequence,
      resolver: new ResourceResolver(options.resources),
      known: this.#known,
      resourceTtlDays,
    }
    this.#writers = new Map(
      [...parts.signals].map(([signal, kind]) => [signal, new SignalWriter(kind, writerParts)]),
    )
    this.#watermark = new WatermarkPublisher({
      database,
      gatewayId,
      read: () => this.watermark,
      failed: (error) => events.failed('the watermark could not be published', error),
      nowMs,
    })
  }

  /** Opens the spool and replays it. Requests can be taken at once; nothing is inserted before {@link start}. */
  static async open(options: StoreOptions, parts: StoreParts): Promise<SpoolStore> {
    const spool = await openSpool(parts.disk, parts.directory, options.spool, parts.events, parts.nowMs)
    const store = new SpoolStore(options, parts, spool)
    store.#inserts.resume(store.#committer)
    await store.#capacity.start()
    store.#timer = setInterval(() => store.#maintain(), MAINTENANCE_MS)
    return store
  }

  /** ClickHouse is there and has the tables: begins to insert and to publish the watermark. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#inserts.start()
    this.#watermark.start()
    void this.#watermark.publish('running')
  }

  /** True once ClickHouse has been there with its tables. */
  get inserting(): boolean {
    return this.#started
  }

  /** Why requests would be refused now, for people; undefined while they are taken. */
  get refusal(): string | undefined {
    try {
      this.admit()
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** Names this gateway in every row; lives as long as the spool. */
  get gatewayId(): string {
    return this.#options.gatewayId
  }

  get openCommit(): number {
    return this.#committer.open.number
  }

  get watermark(): WatermarkState {
    const { sequence } = this.#spool
    const waiting = this.#inserts.oldest
    const volatile = this.#committer.firstVolatileSeq
    const oldestSeq = waiting?.seq ?? volatile ?? sequence.next
    const oldestTimeMs =
      waiting?.timeMs ?? (volatile === undefined ? this.#parts.nowMs() : timeOfSequence(volatile))
    return { nextSeq: sequence.next, oldestSeq, oldestTimeMs }
  }

  /** Figures for metrics and readiness. */
  get stats(): {
    spoolBytes: number
    segments: number
    freeBytes: number
    groupsRunning: number
    quarantinedBlocks: number
    requestsRemembered: number
    watermarkPublishedMs: number
  } {
    const { segments, quarantine, requestIndex } = this.#spool
    return {
      spoolBytes: segments.byteLength,
      segments: segments.count,
      freeBytes: this.#capacity.freeBytes,
      groupsRunning: this.#inserts.running,
      quarantinedBlocks: quarantine.blocks,
      requestsRemembered: requestIndex.size,
      watermarkPublishedMs: this.#watermark.publishedMs,
    }
  }

  repeated(hash: RequestHash): Promise<Answer> | undefined {
    const pending = this.#committer.pending(hash)
    if (pending !== undefined) return pending
    const answer = this.#spool.requestIndex.find(hash)
    return answer && Promise.resolve(answer)
  }

  admit(): void {
    if (this.#stopping !== undefined) throw stopping()
    this.#capacity.assertRoom(this.#spool.segments.byteLength)
    if (!this.#spool.sequence.available)
      throw new RefusedError(
        'disk_full',
        'The gateway can not write to its disk; send this request again later.',
        RETRY_AFTER_MS,
      )
  }

  append(batch: Batch, { hash, receivedMs, span }: RequestMeta): Promise<Answer> {
    const timeless = this.#write(batch, receivedMs, 'received')
    if (span !== undefined) this.#committer.open.trace(span.context)
    return this.#committer.join(hash, !timeless, rejectedAnswer(batch, this.#parts.outcomes))
  }

  appendGenerated(batch: Batch, receivedMs: number): Promise<void> {
    this.#write(batch, receivedMs, 'generated')
    return this.#committer.joinGenerated()
  }

  /** Adds the kept records to the open commit, and all to its ledger. Returns whether one of them has no time at all. */
  #write(batch: Batch, receivedMs: number, origin: 'received' | 'generated'): boolean {
    const writer = this.#writers.get(batch.signal)
    if (writer === undefined) throw new Error(`BUG: no table for ${batch.signal}`)
    const commit = this.#committer.open
    try {
      const { stored, corrected, timeless, seq } = writer.write(
        batch,
        receivedMs,
        commit,
        this.#observers.wants(batch.signal),
      )
      commit.ledger.add(batch, stored, origin)
      if (seq !== undefined && stored > 0) commit.observed.push({ batch: batch.clone(), seq })
      this.#parts.events.clockCorrected(batch.signal, corrected)
      return timeless
    } catch (error) {
      this.#committer.abandon(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  onCommit(listener: (commit: number, durable: boolean) => void): void {
    this.#commitListeners.push(listener)
  }

  onSeal(notes: (commit: number) => ReadonlyArray<Note>): void {
    this.#notes = notes
  }

  notesOf(name: string): ReadonlyArray<string> {
    return this.#spool.requestIndex.notes.textsOf(name)
  }

  observe(signal: Signal, observer: Observer): () => void {
    return this.#observers.add(signal, observer)
  }

  /**
   * Commits what is open, inserts what it can until `drain` aborts, and closes the spool. What is left is replayed
   * at the next start. Idempotent.
   */
  stop(drain: AbortSignal): Promise<void> {
    this.#stopping ??= this.#stop(drain)
    return this.#stopping
  }

  async #stop(drain: AbortSignal): Promise<void> {
    await this.#committer.flush()
    if (this.#started) await this.#inserts.drain(drain)
    await this.#inserts.stop(stopping())
    clearInterval(this.#timer)
    this.#capacity.stop()
    await this.#maintenance
    await this.#watermark.stop()
    if (this.#started) await this.#watermark.publish(this.#inserts.oldest === undefined ? 'gone' : 'running')
    await this.#spool.segments.closeSettled(0)
    await deleteSettled(this.#spool).catch((error) =>
      this.#parts.events.failed('settled segments stay until the next start', error),
    )
    await closeSpool(this.#spool)
  }

  #maintain(): void {
    this.#maintenance ??= this.#maintainOnce().finally(() => {
      this.#maintenance = undefined
    })
  }

  async #maintainOnce(): Promise<void> {
    try {
      await this.#spool.sequence.keepAhead()
      const { segmentBytesMax, bytesMax } = this.#options.spool
      await this.#spool.segments.closeSettled(Math.min(segmentBytesMax, bytesMax) / 4)
      await deleteSettled(this.#spool)
    } catch (error) {
      this.#parts.events.failed('settled segments could not be deleted yet', error)
    }
  }

  #addLedger(commit: OpenCommit): void {
    const { gatewayId } = this.#options
    addLedgerRows(commit, { gatewayId, timeMs: this.#parts.nowMs(), sequence: this.#spool.sequence })
  }

  #report(commit: number, durable: boolean): void {
    for (const listener of this.#commitListeners) listener(commit, durable)
  }
}

function stopping(): RefusedError {
  return new RefusedError(
    'stopping',
    'The gateway is stopping; send this request to another replica, or again.',
    RETRY_AFTER_MS,
  )
}
