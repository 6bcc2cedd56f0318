import type { SpoolBlock } from '../spool/commit-record.ts'

type Waiter = {
  unsettled: number
  readonly inserted: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** With `ack: clickhouse`: who waits for which commit to be in ClickHouse. */
export class InsertedWaiters {
  readonly #waiters = new Map<number, Waiter>()

  /** A commit with this many blocks is about to be inserted. */
  expect(commit: number, blocks: number): void {
    if (blocks === 0) return
    const { promise: inserted, resolve, reject } = Promise.withResolvers<void>()
    // Who waits attaches itself; a commit that nobody waits for must not end the process when it is abandoned.
    inserted.catch(() => undefined)
    this.#waiters.set(commit, { unsettled: blocks, inserted, resolve, reject })
  }

  wait(commit: number): Promise<void> {
    return this.#waiters.get(commit)?.inserted ?? Promise.resolve()
  }

  settled(blocks: ReadonlyArray<SpoolBlock>): void {
    for (const { commit } of blocks) {
      const waiter = this.#waiters.get(commit)
      if (waiter === undefined || --waiter.unsettled > 0) continue
      this.#waiters.delete(commit)
      waiter.resolve()
    }
  }

  /** The gateway stops with rows in the spool: they are durable and will be inserted, but that is not what was asked. */
  abandon(error: Error): void {
    for (const { reject } of this.#waiters.values()) reject(error)
    this.#waiters.clear()
  }
}
