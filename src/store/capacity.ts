import type { SpoolDisk } from './spool/files.ts'
import { RefusedError } from './store.ts'

export type CapacityOptions = {
  /** Ceiling of what waits in the spool. */
  readonly bytesMax: number
  /** Ingest refuses while the disk has less than this free, so that the inserter can always write its journal. */
  readonly freeBytesMin: number
}

const CHECK_MS = 1000
const RETRY_AFTER_MS = 5000

/** Says whether the spool may take more. Looks at the disk once a second, not once a request. */
export class Capacity {
  readonly #disk: SpoolDisk
  readonly #directory: string
  readonly #options: CapacityOptions
  #timer: NodeJS.Timeout | undefined
  #freeBytes = Number.POSITIVE_INFINITY

  constructor(disk: SpoolDisk, directory: string, options: CapacityOptions) {
    this.#disk = disk
    this.#directory = directory
    this.#options = options
  }

  async start(): Promise<void> {
    await this.check()
    this.#timer = setInterval(() => void this.check(), CHECK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** Asks the disk now. */
  async check(): Promise<void> {
    this.#freeBytes = await this.#disk.freeBytes(this.#directory).catch(() => 0)
  }

  /** Throws {@link RefusedError} if there is no room. */
  assertRoom(spoolBytes: number): void {
    if (spoolBytes >= this.#options.bytesMax)
      throw new RefusedError(
        'spool_full',
        'The gateway holds all the data it may (spool.bytesMax) until ClickHouse takes some; send this request again later.',
        RETRY_AFTER_MS,
      )
    if (this.#freeBytes < this.#options.freeBytesMin)
      throw new RefusedError(
        'disk_full',
        "The gateway's disk is nearly full (spool.freeBytesMin); send this request again later.",
        RETRY_AFTER_MS,
      )
  }
}
