import type { Committer } from './commit/committer.ts'
import type { KnownDimensions } from './commit/known-dimensions.ts'
import type { Database } from './database.ts'
import type { DeliveryOptions } from './inserter/delivery.ts'
import { DimensionInserter } from './inserter/dimensions.ts'
import { InsertedWaiters } from './inserter/inserted-waiters.ts'
import { Inserter, type InserterOptions } from './inserter/inserter.ts'
import type { SpoolBlock } from './spool/commit-record.ts'
import type { DurableCommit } from './spool/segments.ts'
import type { Spool } from './spool/spool.ts'
import type { StoreEvents } from './store-events.ts'
import type { StoreTraces } from './store-traces.ts'
import { tableNamed } from './tables/registry.ts'

type Parts = {
  readonly database: Database
  readonly spool: Spool
  readonly known: KnownDimensions
  readonly events: StoreEvents
  readonly traces?: StoreTraces | undefined
  readonly nowMs: () => number
}

/** From durable commits to ClickHouse: everything behind the fsync. */
export class Inserts {
  readonly #parts: Parts
  readonly #inserter: Inserter
  readonly #waiters = new InsertedWaiters()
  readonly #abort = new AbortController()
  /** `ack: clickhouse`: requests wait for their commit to be inserted. */
  readonly #awaited: boolean

  constructor(options: InserterOptions & DeliveryOptions, parts: Parts, awaited: boolean) {
    this.#parts = parts
    this.#awaited = awaited
    const { database, spool, events, traces, nowMs } = parts
    const shared = {
      ...spool,
      database,
      tableOf: tableNamed,
      traces,
      events: {
        ...events,
        settled: (blocks: ReadonlyArray<SpoolBlock>) => this.#waiters.settled(blocks),
        quarantined: this.#quarantined,
      },
      options: { ...options },
      nowMs,
      signal: this.#abort.signal,
    }
    this.#inserter = new Inserter(options, shared, new DimensionInserter(shared))
  }

  /** Takes over what the spool held at the start; requests of it that were not answered wait again. */
  resume(committer: Committer): void {
    const { replayed, groups, segments } = this.#parts.spool
    const blocks = replayed.flatMap((commit) => commit.blocks)
    const once = blocks.filter(({ table }) => tableNamed(table).delivery === 'once')
    const sorted = groups.sort(once)
    if (this.#awaited) this.#awaitReplayed(replayed, sorted.settled, committer)
    for (const block of sorted.settled) segments.settle(block)
    this.#inserter.resume(sorted.groups)
    this.#inserter.add([
      ...blocks.filter(({ table }) => tableNamed(table).delivery === 'idempotent'),
      ...sorted.free,
    ])
  }

  /** A commit has become durable. */
  add({ header, blocks }: DurableCommit): void {
    if (this.#awaited) this.#waiters.expect(header.commit, blocks.length)
    this.#inserter.add(blocks)
  }

  /** Resolves when every block of the commit is inserted, or set aside. */
  inserted(commit: number): Promise<void> {
    return this.#waiters.wait(commit)
  }

  start(): void {
    this.#inserter.start()
  }

  get oldest(): Inserter['oldest'] {
    return this.#inserter.oldest
  }

  get running(): number {
    return this.#inserter.running
  }

  drain(signal: AbortSignal): Promise<void> {
    return this.#inserter.drain(signal)
  }

  /** Gives up what is under way; `why` is for requests that wait for their insert. */
  async stop(why: Error): Promise<void> {
    this.#abort.abort()
    this.#waiters.abandon(why)
    await this.#inserter.stop()
  }

  /** What a kill left uninserted was not answered for either; sent again, it waits as it would have. */
  #awaitReplayed(
    commits: ReadonlyArray<DurableCommit>,
    settled: ReadonlyArray<SpoolBlock>,
    committer: Committer,
  ): void {
    const settledOf = Map.groupBy(settled, ({ commit }) => commit)
    for (const { header, blocks } of commits) {
      this.#waiters.expect(header.commit, blocks.length - (settledOf.get(header.commit)?.length ?? 0))
      committer.resume(header.requests, this.#waiters.wait(header.commit))
    }
  }

  readonly #quarantined: StoreEvents['quarantined'] = (block, reason) => {
    if (tableNamed(block.table).delivery === 'idempotent') this.#parts.known.forgetAll()
    this.#parts.events.quarantined(block, reason)
  }
}
