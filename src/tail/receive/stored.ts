import type { SeqBounds } from '../../query/loki/execute/seq-bounds.ts'
import type { Entry, LokiExecutor, QueryRun } from '../../query/loki/execute/types.ts'
import type { TailEntry } from '../line.ts'
import type { FeedQuery } from '../source.ts'

export type StoredLines = {
  /** In the order in which they were read; at most `limit` and about `bytesMax`. */
  readonly entries: TailEntry[]
  /** There were more: past `limit`, or past what is held at once. */
  readonly isCut: boolean
}

export type StoredQuery = {
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: 'forward' | 'backward'
  readonly limit: number
  readonly received: SeqBounds
}

/** What one viewer may hold of its past while it reads; labels are shared or small. */
const BYTES_MAX = 1024 * 1024
const LABELS_BYTES = 200

/** Reads stored lines of a feed, a few reads at once: what tails read takes nothing from the budget of queries. */
export class StoredReader {
  readonly #executor: LokiExecutor
  readonly #runOf: (tenantIds: ReadonlyArray<string>, signal: AbortSignal) => QueryRun
  readonly #waiting: Array<() => void> = []
  #free: number

  constructor(
    executor: LokiExecutor,
    runOf: (tenantIds: ReadonlyArray<string>, signal: AbortSignal) => QueryRun,
    readsMax: number,
  ) {
    this.#executor = executor
    this.#runOf = runOf
    this.#free = readsMax
  }

  /** Throws what the executor throws, or the signal's reason. */
  async read(
    { tenantIds, askedTenantIds, expr }: FeedQuery,
    asked: StoredQuery,
    signal: AbortSignal,
  ): Promise<StoredLines> {
    const entries: TailEntry[] = []
    if (tenantIds.length === 0 || asked.limit === 0) return { entries, isCut: false }
    await this.#enter()
    try {
      signal.throwIfAborted()
      const { limit, ...range } = asked
      let bytes = 0
      // One more than wanted: it alone says that there are more.
      const query = { ...range, tenantIds: askedTenantIds, expr, limit: limit + 1 }
      for await (const batch of this.#executor.runLogs(query, this.#runOf(tenantIds, signal)))
        for (const entry of batch) {
          if (entries.length === limit || bytes > BYTES_MAX) return { entries, isCut: true }
          bytes += entry.line.length + LABELS_BYTES
          entries.push(placed(entry))
        }
      return { entries, isCut: false }
    } finally {
      this.#leave()
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

function placed(entry: Entry): TailEntry {
  const { timeHigh, timeLow, line, stream, metadata, parsed, tenantId, position } = entry
  return {
    timeHigh,
    timeLow,
    line,
    stream,
    metadata,
    parsed,
    tenantId,
    lane: position.gatewayId,
    seq: position.seq,
  }
}

/** Lanes one after the other, each in the order of receipt. */
export function byPlace(a: TailEntry, b: TailEntry): number {
  if (a.lane !== b.lane) return a.lane < b.lane ? -1 : 1
  return a.seq < b.seq ? -1 : 1
}
