import type { Database } from './database.ts'
import { watermarks } from './tables/control.ts'

export type WatermarkState = {
  /** No row at or above it is acknowledged. */
  readonly nextSeq: bigint
  /** Oldest acknowledged row that is not inserted yet; nextSeq if none waits. */
  readonly oldestSeq: bigint
  readonly oldestTimeMs: number
}

const PUBLISH_MS = 5000
/** A stop waits for the last one: a ClickHouse that hangs must not hold it up. */
const PUBLISH_TIMEOUT_MS = 3000

/**
 * Publishes, every 5 s and also when idle, how far this gateway's rows are readable: what the seam between history
 * and live, and deletion, rest on. A failed publication is simply late: the last one stays true.
 */
export class WatermarkPublisher {
  readonly #database: Database
  readonly #gatewayId: string
  readonly #read: () => WatermarkState
  readonly #failed: (error: unknown) => void
  readonly #nowMs: () => number
  #timer: NodeJS.Timeout | undefined
  #publishing: Promise<void> = Promise.resolve()
  #publishedMs = 0

  constructor(options: {
    database: Database
    gatewayId: string
    read: () => WatermarkState
    failed: (error: unknown) => void
    nowMs: () => number
  }) {
    this.#database = options.database
    this.#gatewayId = options.gatewayId
    this.#read = options.read
    this.#failed = options.failed
    this.#nowMs = options.nowMs
  }

  /** When the last publication succeeded; 0 if none did. */
  get publishedMs(): number {
    return this.#publishedMs
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.publish('running'), PUBLISH_MS).unref()
  }

  /** Publishes once; `gone` says that nothing of this gateway waits and nothing will come. Never rejects. */
  publish(state: 'running' | 'gone'): Promise<void> {
    this.#publishing = this.#publishing.then(() => this.#publish(state)).catch((error) => this.#failed(error))
    return this.#publishing
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#publishing
  }

  async #publish(state: 'running' | 'gone'): Promise<void> {
    const { nextSeq, oldestSeq, oldestTimeMs } = this.#read()
    const nowMs = this.#nowMs()
    await this.#database.command(
      `INSERT INTO ${watermarks.name} (GatewayId, PublishedAt, NextSeq, OldestSeq, OldestTime, State) ` +
        'SELECT {gateway:String}, fromUnixTimestamp64Milli({now:Int64}), {next:UInt64}, {oldest:UInt64}, ' +
        'fromUnixTimestamp64Milli({oldestTime:Int64}), {state:String}',
      {
        gateway: this.#gatewayId,
        now: nowMs,
        next: nextSeq,
        oldest: oldestSeq,
        oldestTime: oldestTimeMs,
        state,
      },
      { timeoutMs: PUBLISH_TIMEOUT_MS },
    )
    this.#publishedMs = nowMs
  }
}
