import { join } from 'node:path'
import type { SpoolDisk } from './files.ts'
import { frame, readFrames } from './frame.ts'

/** Seq = milliseconds since the epoch << COUNTER_BITS | counter: about a million a millisecond, until the year 2500. */
const COUNTER_BITS = 20n
const RESERVE_MS = 10_000
const FILE = 'sequence'
const KIND_MARK = 1

export function sequenceAt(timeMs: number): bigint {
  return BigInt(Math.trunc(timeMs)) << COUNTER_BITS
}

/** The receive time that a Seq contains, in milliseconds since the epoch. */
export function timeOfSequence(sequence: bigint): number {
  return Number(sequence >> COUNTER_BITS)
}

/**
 * Gives out Seq numbers: always above every number given before, also after a crash and with the clock set back.
 * A durable mark is kept ahead of what is given; after a crash, numbers start at the mark.
 */
export class Sequence {
  readonly #disk: SpoolDisk
  readonly #directory: string
  readonly #nowMs: () => number
  #next: bigint
  #mark: bigint
  #reserving: Promise<void> | undefined

  private constructor(disk: SpoolDisk, directory: string, nowMs: () => number, mark: bigint) {
    this.#disk = disk
    this.#directory = directory
    this.#nowMs = nowMs
    this.#next = max(mark, sequenceAt(nowMs()))
    this.#mark = mark
  }

  /** `atLeast`: numbers known to have been given (from replayed commits), for a directory whose mark was lost. */
  static async open(
    disk: SpoolDisk,
    directory: string,
    nowMs: () => number,
    atLeast: bigint,
  ): Promise<Sequence> {
    const mark = await readMark(disk, directory)
    const sequence = new Sequence(disk, directory, nowMs, max(mark, atLeast + 1n))
    await sequence.#reserve()
    return sequence
  }

  /** The number that the next {@link take} starts from, or a lower one. */
  get next(): bigint {
    return this.#next
  }

  /** True while numbers can be given; false if the mark could not be moved for {@link RESERVE_MS}. */
  get available(): boolean {
    return this.#mark > max(this.#next, sequenceAt(this.#nowMs()))
  }

  /** Gives `count` consecutive numbers and returns the first. The caller checked {@link available}. */
  take(count: number): bigint {
    const first = max(this.#next, sequenceAt(this.#nowMs()))
    const next = first + BigInt(count)
    if (next > this.#mark) throw new Error('BUG: Seq numbers past the durable mark')
    this.#next = next
    if (this.#mark - next < sequenceAt(RESERVE_MS / 2)) this.#reserveSoon()
    return first
  }

  /** Moves the mark ahead while nothing is taken, so that an idle gateway can take at once. */
  keepAhead(): Promise<void> {
    return this.#mark - max(this.#next, sequenceAt(this.#nowMs())) < sequenceAt(RESERVE_MS / 2)
      ? this.#reserveSoon()
      : Promise.resolve()
  }

  /** A clean stop gives the unused reserve back: the next start goes on with the clock. */
  async close(): Promise<void> {
    await this.#reserving?.catch(() => undefined)
    await this.#write(this.#next)
  }

  #reserveSoon(): Promise<void> {
    this.#reserving ??= this.#reserve()
      .catch(() => undefined)
      .finally(() => {
        this.#reserving = undefined
      })
    return this.#reserving
  }

  async #reserve(): Promise<void> {
    const mark = max(this.#next, sequenceAt(this.#nowMs())) + sequenceAt(RESERVE_MS)
    await this.#write(mark)
    this.#mark = mark
  }

  async #write(mark: bigint): Promise<void> {
    const path = join(this.#directory, `${FILE}.new`)
    await this.#disk.remove(path)
    const file = await this.#disk.open(path, 'create')
    try {
      await file.write(frame(KIND_MARK, [Buffer.from(mark.toString())]).chunks, 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#disk.rename(path, join(this.#directory, FILE))
    await this.#disk.syncDirectory(this.#directory)
  }
}

async function readMark(disk: SpoolDisk, directory: string): Promise<bigint> {
  if (!(await disk.list(directory)).includes(FILE)) return 0n
  const file = await disk.open(join(directory, FILE), 'read')
  try {
    for await (const { payload } of readFrames(file, 64)) return BigInt(payload.toString())
    return 0n
  } finally {
    await file.close()
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
