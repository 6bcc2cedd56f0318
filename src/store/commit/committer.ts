import type { Outcomes } from '../../otlp/outcomes.ts'
import { FatalSpoolError } from '../spool/frame-log.ts'
import { type RequestIndex, type RequestsEntry, requestOf } from '../spool/request-index.ts'
import type { DurableCommit, Segments } from '../spool/segments.ts'
import { type Answer, RefusedError, type RequestHash } from '../store.ts'
import { BuilderPool } from './builders.ts'
import { LedgerTotals } from './ledger-totals.ts'
import { OpenCommit } from './open-commit.ts'

export type CommitterOptions = {
  readonly gatewayId: string
  readonly schemaVersion: number
  /** How long the first request of a commit waits for others. */
  readonly commitIntervalMs: number
  /** A commit that has grown this large is sealed at once. */
  readonly commitBytesMax: number
}

export type CommitterEvents = {
  /** Adds what only the end of a commit knows (its ledger rows). */
  readonly beforeSeal: (commit: OpenCommit) => void
  /** The commit is durable; called before its requests are answered. */
  readonly durable: (commit: OpenCommit, durable: DurableCommit) => void
  readonly refused: (commit: OpenCommit, error: Error) => void
  /** Nobody may be answered any more: the process must exit (docs/architecture.md). */
  readonly fatal: (error: FatalSpoolError) => void
  /** With `ack: clickhouse`: resolves when every row of the commit is inserted. Requests are answered after it. */
  readonly inserted?: (commit: number) => Promise<void>
  readonly written: (info: { bytes: number; seconds: number }) => void
}

export type CommitterParts = {
  readonly segments: Segments
  readonly requestIndex: RequestIndex
  readonly journalRequests: (entry: RequestsEntry) => void
  readonly outcomes: Outcomes
  readonly nowMs: () => number
}

const RETRY_AFTER_FAILED_COMMIT_MS = 1000
const NOTHING_REJECTED: Answer = Object.freeze({ rejected: 0, message: '' })

/**
 * Group commit: requests join the open commit; one at a time, commits are sealed, written as one record, fsynced,
 * and only then are all their requests answered.
 */
export class Committer {
  readonly #options: CommitterOptions
  readonly #parts: CommitterParts
  readonly #events: CommitterEvents
  readonly #pool = new BuilderPool()
  /** Requests of commits that are open or being written, so that a second one waits for the first's outcome. */
  readonly #pending = new Map<RequestHash, Promise<Answer>>()
  #open: OpenCommit
  #writing: { commit: OpenCommit; done: Promise<void> } | undefined
  #timer: NodeJS.Timeout | undefined
  #openedAt = 0
  #dead = false

  constructor(
    options: CommitterOptions,
    parts: CommitterParts,
    events: CommitterEvents,
    firstCommit: number,
  ) {
    this.#options = options
    this.#parts = parts
    this.#events = events
    this.#open = new OpenCommit(firstCommit, this.#pool, new LedgerTotals(parts.outcomes))
  }

  get open(): OpenCommit {
    return this.#open
  }

  /** The lowest Seq of rows that are in memory only: open, or being written. */
  get firstVolatileSeq(): bigint | undefined {
    return this.#writing?.commit.firstSeq ?? this.#open.firstSeq
  }

  pending(hash: RequestHash): Promise<Answer> | undefined {
    return this.#pending.get(hash)
  }

  /** Requests of an earlier start that may be answered only once `inserted` resolves (`ack: clickhouse`). */
  resume({ requests }: RequestsEntry, inserted: Promise<void>): void {
    for (const line of requests) {
      const { hash, answer } = requestOf(line)
      const answered = inserted.then(() => answer)
      this.#pending.set(hash, answered)
      const forget = (): void => void this.#pending.delete(hash)
      answered.then(forget, forget)
    }
  }

  /** Makes a request wait for the open commit, whose rows the caller has just added. */
  join(hash: RequestHash, remembered: boolean, answer: Answer): Promise<Answer> {
    const commit = this.#open
    const answered = new Promise<Answer>((resolve, reject) => {
      commit.requests.push({ hash, remembered, answer, resolve, reject })
    })
    if (remembered) this.#pending.set(hash, answered)
    if (commit.requests.length === 1) this.#openedAt = performance.now()
    this.#sealSoon(this.#remainingMs())
    return answered
  }

  /**
   * The same for rows that nobody sent. Does not seal before the caller's synchronous step ends, so that what joins
   * within it has one number.
   */
  joinGenerated(): Promise<void> {
    const commit = this.#open
    const durable = new Promise<void>((resolve, reject) => {
      commit.requests.push({
        hash: '',
        remembered: false,
        answer: NOTHING_REJECTED,
        resolve: () => resolve(),
        reject,
      })
    })
    if (commit.requests.length === 1) this.#openedAt = performance.now()
    this.#sealSoon(Math.max(1, this.#remainingMs()))
    return durable
  }

  /** Gives the open commit up: rows of a request were added only in part, which no later step could tell apart. */
  abandon(cause: Error): void {
    const commit = this.#replaceOpen()
    this.#refuse(
      commit,
      new RefusedError(
        'commit_failed',
        'The gateway could not take this request; send it again.',
        RETRY_AFTER_FAILED_COMMIT_MS,
        { cause },
      ),
    )
    commit.release()
  }

  /** Seals what is open and resolves when nothing is in memory only. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#writing?.done
    this.#write()
    await this.#writing?.done
  }

  /** How long the open commit may still wait for more requests. */
  #remainingMs(): number {
    if (this.#open.bytes >= this.#options.commitBytesMax) return 0
    return Math.max(0, this.#openedAt + this.#options.commitIntervalMs - performance.now())
  }

  #sealSoon(delayMs: number): void {
    if (this.#dead || this.#writing !== undefined) return
    if (delayMs === 0) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#write()
    } else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#write()
      }, delayMs)
  }

  #write(): void {
    if (this.#open.requests.length === 0 || this.#writing !== undefined || this.#dead) return
    const commit = this.#replaceOpen()
    const done = this.#writeOut(commit).finally(() => {
      this.#writing = undefined
      if (this.#open.requests.length > 0) this.#sealSoon(this.#remainingMs())
    })
    this.#writing = { commit, done }
  }

  async #writeOut(commit: OpenCommit): Promise<void> {
    const durable = await this.#append(commit)
    commit.release()
    if (durable === undefined) return
    const { requests } = durable.header
    this.#parts.requestIndex.addEntry(requests, requests.timeMs)
    this.#parts.journalRequests(requests)
    this.#events.durable(commit, durable)
    const { inserted } = this.#events
    if (inserted === undefined) this.#answer(commit)
    else
      inserted(commit.number).then(
        () => this.#answer(commit),
        (error: Error) => this.#reject(commit, error),
      )
  }

  /** Undefined if the commit was refused: then nothing of it is left, and its requests were told so. */
  async #append(commit: OpenCommit): Promise<DurableCommit | undefined> {
    const { gatewayId, schemaVersion } = this.#options
    try {
      this.#events.beforeSeal(commit)
      const info = {
        gatewayId,
        schemaVersion,
        timeMs: this.#parts.nowMs(),
        previousSeq: this.#parts.requestIndex.lastSeq,
      }
      const { header, chunks } = commit.seal(info)
      const started = performance.now()
      const durable = await this.#parts.segments.append(header, chunks)
      const bytes = header.blocks.reduce((sum, { byteLength }) => sum + byteLength, 0)
      this.#events.written({ bytes, seconds: (performance.now() - started) / 1000 })
      return durable
    } catch (error) {
      this.#fail(commit, error instanceof Error ? error : new Error(String(error)))
      return undefined
    }
  }

  #answer(commit: OpenCommit): void {
    for (const { hash, resolve, answer } of commit.requests) {
      this.#pending.delete(hash)
      resolve(answer)
    }
  }

  #fail(commit: OpenCommit, error: Error): void {
    if (error instanceof FatalSpoolError) {
      // Neither yes nor no is known to be true: nobody is answered.
      this.#dead = true
      this.#events.fatal(error)
      return
    }
    const full =
      (error as NodeJS.ErrnoException).code === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'EDQUOT'
    this.#refuse(
      commit,
      new RefusedError(
        full ? 'disk_full' : 'commit_failed',
        full
          ? "The gateway's disk is full; send this request again later."
          : 'The gateway could not write this request to its disk; send it again.',
        RETRY_AFTER_FAILED_COMMIT_MS,
        { cause: error },
      ),
    )
  }

  #refuse(commit: OpenCommit, error: RefusedError): void {
    this.#events.refused(commit, error)
    this.#reject(commit, error)
  }

  #reject(commit: OpenCommit, error: Error): void {
    for (const { hash, reject } of commit.requests) {
      this.#pending.delete(hash)
      reject(error)
    }
  }

  #replaceOpen(): OpenCommit {
    const commit = this.#open
    this.#open = new OpenCommit(commit.number + 1, this.#pool, new LedgerTotals(this.#parts.outcomes))
    return commit
  }
}
