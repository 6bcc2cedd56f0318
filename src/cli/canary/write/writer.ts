import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { nowNs } from '../clock.ts'
import { type Stamp, writeStamp } from '../ledger/stamp.ts'
import type { Sink, Written } from './sink.ts'

export type WriterOptions = {
  readonly run: string
  readonly writer: string
  readonly linesPerSecond: number
  readonly burst: { readonly lines: number; readonly everyMs: number } | undefined
  readonly long: { readonly bytes: number; readonly everyLines: number } | undefined
  /** Of an ordinary line. */
  readonly bytes: number
  readonly linesMax: number
  readonly durationMs: number
  /** Told of each line before it is written. */
  readonly onLine?: (stamp: Stamp) => void
}

const TICK_MS = 100
/** Lines that are written at once: a request stays small. */
const BATCH_LINES = 1000

/** A name for a run. */
export const newRun = (): string => randomUUID().slice(0, 8)

/** Writes the lines of one run. */
export class Writer {
  readonly #options: WriterOptions
  readonly #sink: Sink
  #began = 0n
  #seq = 0
  #ns = 0n

  constructor(options: WriterOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
  }

  /**
   * Until the duration has passed, all lines are written, or the signal aborts; then the last line, which says so. `endMs`: how
   * long the sink may take after the signal. A sink that takes its time delays lines; they are not made up for.
   */
  async write(signal: AbortSignal, endMs = 5_000): Promise<void> {
    const { durationMs, linesMax } = this.#options
    this.#began = nowNs()
    this.#ns = this.#began
    const endsMs = Date.now() + durationMs
    // What is on its way when the signal comes arrives all the same.
    const patience = new AbortController()
    const end = (): void => {
      setTimeout(() => patience.abort(), endMs).unref()
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      await this.#writeLines(endsMs, linesMax - 1, signal, patience.signal)
    } catch (error) {
      if (!signal.aborted || patience.signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', end)
    }
    await this.#sink.write([this.#next(true)], patience.signal)
    await this.#sink.close()
  }

  async #writeLines(
    endsMs: number,
    linesMax: number,
    signal: AbortSignal,
    patience: AbortSignal,
  ): Promise<void> {
    const { linesPerSecond, burst } = this.#options
    let dueLines = 0
    let lastMs = Date.now()
    let burstMs = lastMs + (burst?.everyMs ?? 0)
    while (!signal.aborted && this.#seq < linesMax) {
      const now = Date.now()
      if (now >= endsMs) return
      dueLines += (Math.min(now - lastMs, 10 * TICK_MS) * linesPerSecond) / 1000
      lastMs = now
      if (burst !== undefined && now >= burstMs) {
        dueLines += burst.lines
        burstMs = now + burst.everyMs
      }
      const count = Math.min(Math.floor(dueLines), linesMax - this.#seq)
      dueLines -= count
      await this.#writeBatches(count, patience)
      const waitMs = Math.min(Math.max(TICK_MS, 1000 / linesPerSecond), endsMs - Date.now())
      await delay(Math.max(0, waitMs), undefined, { signal })
    }
  }

  async #writeBatches(count: number, patience: AbortSignal): Promise<void> {
    for (let left = count; left > 0; left -= BATCH_LINES) {
      const lines = Array.from({ length: Math.min(left, BATCH_LINES) }, () => this.#next(false))
      await this.#sink.write(lines, patience)
    }
  }

  #next(isLast: boolean): Written {
    const { run, writer, bytes, long, onLine } = this.#options
    const now = nowNs()
    this.#ns = now > this.#ns ? now : this.#ns + 1n
    const stamp = { run, writer, seq: this.#seq++, ns: this.#ns, beganNs: this.#began, isLast }
    onLine?.(stamp)
    const isLong = long !== undefined && this.#seq % long.everyLines === 0
    return { text: writeStamp(stamp, isLong ? long.bytes : bytes), ns: this.#ns }
  }
}
