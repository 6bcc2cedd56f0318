import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetricRegistry } from './metric-registry.ts'
import { METRIC_MASK, SERIES_WORDS } from './series-slots.ts'
import { OVER } from './series-table.ts'
import { Explained, headFrame, seriesFrame, type Window } from './state-format.ts'

/** Of series that wait to be written: 12 MiB, so that a disk that hangs takes no more. */
const PENDING_WORDS_MAX = SERIES_WORDS * 2 ** 20

export function journalName(number: number): string {
  return `journal-${number}`
}

/**
 * The series that were admitted since a snapshot began, appended about once a second: 12 bytes each, without fsync, so a
 * process that is killed loses a second of them, and a machine that fails loses what its kernel had not written.
 */
export class AdmissionJournal {
  readonly number: number
  /** Some series could not be written: only a new snapshot is whole again. */
  isBroken = false
  #bytes = 0
  readonly #file: FileHandle
  readonly #registry: MetricRegistry
  readonly #explained = new Explained()
  #pending = new Int32Array(SERIES_WORDS * 1024)
  #pendingWords = 0

  private constructor(number: number, file: FileHandle, registry: MetricRegistry) {
    this.number = number
    this.#file = file
    this.#registry = registry
  }

  static async create(
    directory: string,
    number: number,
    registry: MetricRegistry,
  ): Promise<AdmissionJournal> {
    const file = await open(join(directory, journalName(number)), 'w', 0o600)
    const journal = new AdmissionJournal(number, file, registry)
    await journal.#append([headFrame({ number, series: 0 })])
    return journal
  }

  get bytes(): number {
    return this.#bytes
  }

  add(low: number, high: number, metric: number, over: boolean): void {
    if (this.#pendingWords === this.#pending.length && !this.#grow()) return
    const pending = this.#pending
    pending[this.#pendingWords] = low
    pending[this.#pendingWords + 1] = high
    pending[this.#pendingWords + 2] = metric | (over ? OVER : 0)
    this.#pendingWords += SERIES_WORDS
  }

  /** Writes what was added. Rejects if the disk does, and is broken from then on. */
  async flush(window: Window): Promise<void> {
    if (this.#pendingWords === 0 || this.isBroken) return
    const words = this.#pending.slice(0, this.#pendingWords)
    this.#pendingWords = 0
    const metrics = new Set<number>()
    for (let i = 2; i < words.length; i += SERIES_WORDS) metrics.add(words[i]! & METRIC_MASK)
    const explanation = this.#explained.frameOf(this.#registry, metrics)
    const series = seriesFrame(window, words)
    await this.#append(explanation === undefined ? [series] : [explanation, series])
  }

  async close(window: Window): Promise<void> {
    try {
      await this.flush(window)
    } finally {
      await this.#file.close()
    }
  }

  async #append(frames: Buffer[]): Promise<void> {
    try {
      for (const frame of frames) {
        await this.#file.appendFile(frame)
        this.#bytes += frame.length
      }
    } catch (error) {
      this.isBroken = true
      throw error
    }
  }

  #grow(): boolean {
    if (this.#pending.length >= PENDING_WORDS_MAX) {
      this.isBroken = true
      this.#pendingWords = 0
      return false
    }
    const grown = new Int32Array(2 * this.#pending.length)
    grown.set(this.#pending)
    this.#pending = grown
    return true
  }
}
