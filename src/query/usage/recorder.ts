import { LRUCache } from 'lru-cache'
import type { UsedName } from '../../store/query-usage.ts'

export type QueryName = Pick<UsedName, 'kind' | 'name'>

/** Told of every query, in whatever language, which names it used. Cheap, and never fails a query. */
export type UsageRecorder = {
  record(tenantIds: ReadonlyArray<string>, names: Iterable<QueryName>): void
}

export const NO_USAGE: UsageRecorder = { record: () => {} }

export type UsageBookOptions = {
  readonly write: (names: ReadonlyArray<UsedName>) => Promise<void>
  readonly failed: (error: unknown) => void
  readonly nowMs: () => number
}

const WRITE_EVERY_MS = 30_000
/** Names of one statement: even the longest stay below what ClickHouse takes in a parameter, 128 KiB. */
const BATCH_MAX = 40
const NAME_LENGTH_MAX = 256
const PENDING_MAX = 10_000
const KNOWN_MAX = 50_000
const DAY_MS = 86_400_000

/**
 * Keeps the names of a day until they are written, every half minute; a name that was written is not written again that day, as
 * long as it is remembered. What doesn't fit is forgotten: the next query that uses it tells of it again.
 */
export class UsageBook implements UsageRecorder {
  readonly #options: UsageBookOptions
  readonly #pending = new Map<string, UsedName>()
  readonly #known = new LRUCache<string, true>({ max: KNOWN_MAX })
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: UsageBookOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  record(tenantIds: ReadonlyArray<string>, names: Iterable<QueryName>): void {
    const day = Math.floor(this.#options.nowMs() / DAY_MS)
    for (const { kind, name } of names)
      for (const tenantId of tenantIds) {
        if (name.length > NAME_LENGTH_MAX || this.#pending.size >= PENDING_MAX) return
        const key = JSON.stringify([day, tenantId, kind, name])
        if (this.#known.get(key) !== true) this.#pending.set(key, { tenantId, day, kind, name })
      }
  }

  /** Writes what is new. Never rejects: what could not be written is tried again with the next. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#flush()).catch(this.#options.failed)
    return this.#writing
  }

  /** Writes a last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  async #flush(): Promise<void> {
    const all = [...this.#pending]
    for (let i = 0; i < all.length; i += BATCH_MAX) {
      const batch = all.slice(i, i + BATCH_MAX)
      await this.#options.write(batch.map(([, name]) => name))
      for (const [key] of batch) {
        this.#pending.delete(key)
        this.#known.set(key, true)
      }
    }
  }
}
