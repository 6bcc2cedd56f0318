import { setTimeout as delay } from 'node:timers/promises'
import type { SpoolBlock } from '../spool/commit-record.ts'
import type { Group } from '../spool/groups.ts'
import type { DurableCommit } from '../spool/segments.ts'
import { type DeliveryParts, deliver } from './delivery.ts'
import type { DimensionInserter } from './dimensions.ts'
import { Lane } from './lane.ts'

export type InserterOptions = {
  readonly groupRowsMax: number
  readonly groupBytesMax: number
  /** A group is formed when its oldest row has waited this long … */
  readonly groupAgeMs: number
  /** … or this long, in a partition that gets few rows. */
  readonly thinGroupAgeMs: number
  /** Groups being inserted at once. */
  readonly concurrency: number
}

const TICK_MS = 100
const RETRY_FAILED_LANE_MS = 1000

/**
 * Forms groups out of committed blocks and brings them into ClickHouse. One lane per (table, partition), one group
 * of a lane at a time, so that groups of a partition go in the order of their Seq.
 */
export class Inserter {
  readonly #options: InserterOptions
  readonly #parts: DeliveryParts
  readonly #dimensions: DimensionInserter
  readonly #lanes = new Map<string, Lane>()
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #draining = false

  constructor(options: InserterOptions, parts: DeliveryParts, dimensions: DimensionInserter) {
    this.#options = options
    this.#parts = parts
    this.#dimensions = dimensions
  }

  /** Takes over what was found at the start; before {@link start}. */
  resume(groups: ReadonlyArray<Group>): void {
    for (const group of groups) this.#lane(group.blocks[0]!).resumed.push(group)
  }

  add(blocks: DurableCommit['blocks']): void {
    for (const block of blocks) {
      if (this.#parts.tableOf(block.table).delivery === 'idempotent') this.#dimensions.add(block)
      else this.#lane(block).add(block)
    }
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
  }

  /** The oldest row that is committed and not yet in ClickHouse. */
  get oldest(): { seq: bigint; timeMs: number } | undefined {
    let oldest: SpoolBlock | undefined
    for (const lane of this.#lanes.values()) {
      const block = lane.oldest
      if (block !== undefined && (oldest === undefined || BigInt(block.firstSeq) < BigInt(oldest.firstSeq)))
        oldest = block
    }
    return oldest && { seq: BigInt(oldest.firstSeq), timeMs: oldest.timeMs }
  }

  /** Groups being inserted. */
  get running(): number {
    return this.#running.size
  }

  /** Inserts everything that waits, without waiting for groups to fill. Resolves when nothing is left, or `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    while (!signal.aborted && (this.oldest !== undefined || this.#dimensions.waiting.length > 0)) {
      this.#tick()
      const dimensions = this.#dimensions.insertedUpTo(Number.MAX_SAFE_INTEGER).catch(() => undefined)
      const tick = delay(TICK_MS, undefined, { signal }).catch(() => undefined)
      await Promise.race([...(this.#running.size > 0 ? this.#running : [dimensions, tick]), aborted])
    }
    this.#draining = false
  }

  /** Stops forming groups and waits for attempts under way; the caller has aborted the parts' signal. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await Promise.allSettled(this.#running)
  }

  #lane(block: SpoolBlock): Lane {
    const key = `${block.table} ${block.partition}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = new Lane(this.#options)
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #tick(): void {
    const nowMs = this.#parts.nowMs()
    for (const [key, lane] of this.#lanes) {
      if (lane.empty) this.#lanes.delete(key)
      else if (
        !lane.busy &&
        this.#running.size < this.#options.concurrency &&
        lane.ready(nowMs, this.#draining)
      ) {
        // To the end of the queue: lanes that are always full must not keep the others, and their segments, waiting.
        this.#lanes.delete(key)
        this.#lanes.set(key, lane)
        this.#run(lane)
      }
    }
  }

  #run(lane: Lane): void {
    lane.busy = true
    const run = this.#insertNext(lane)
      .catch((error) => {
        if (this.#parts.signal.aborted) return
        lane.notBeforeMs = this.#parts.nowMs() + RETRY_FAILED_LANE_MS
        this.#parts.events.failed('a group could not be inserted; it stays in the spool', error)
      })
      .finally(() => {
        lane.busy = false
        this.#running.delete(run)
        if (!this.#parts.signal.aborted) this.#tick()
      })
    this.#running.add(run)
  }

  async #insertNext(lane: Lane): Promise<void> {
    const { groups, nowMs, signal } = this.#parts
    const group = lane.resumed.shift() ?? (await lane.form((blocks) => groups.form(blocks, nowMs())))
    lane.current = group
    try {
      await this.#dimensions.insertedUpTo(group.blocks[group.blocks.length - 1]!.commit)
      await deliver(this.#parts, group)
      lane.current = undefined
    } catch (error) {
      // Aborted: it stays the lane's current group, so that the watermark does not pass it.
      if (!signal.aborted) lane.resumed.unshift(group)
      throw error
    }
  }
}
