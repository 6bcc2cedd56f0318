import type { Timers } from '../timers.ts'

export type StallWatchOptions = {
  readonly timers: Timers
  readonly stallMs: number
  readonly checkMs: number
  readonly graceMs: number
  /** Whether there is something that the stream should have shown. Never rejects. */
  readonly behind: () => Promise<boolean>
  readonly onStalled: () => void
}

/** Of the average pause between two pieces of the stream, how many are no reason to look. */
const PAUSES = 3
const CHECK_GROWTH_MAX = 10

/**
 * Finds a stream that is silent though there are lines. Silence alone says nothing: many containers are silent. So after
 * long silence the log is compared, and only if it has lines that do not come within the grace the stream is given up.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  #cancel: () => void = () => undefined
  #stopped = false
  #heardMs: number
  #heard = 0
  /** Moving average. */
  #pauseMs = 0
  /** Comparisons in this silence that found nothing. */
  #quiet = 0

  constructor(options: StallWatchOptions) {
    this.#options = options
    this.#heardMs = options.timers.nowMs()
    this.#arm(options.stallMs)
  }

  heard(): void {
    const nowMs = this.#options.timers.nowMs()
    const pauseMs = nowMs - this.#heardMs
    this.#pauseMs += (pauseMs - this.#pauseMs) / 8
    this.#heardMs = nowMs
    this.#heard++
    this.#quiet = 0
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #arm(delayMs: number): void {
    if (!this.#stopped) this.#cancel = this.#options.timers.after('stall', delayMs, () => this.#look())
  }

  #look(): void {
    const { timers, stallMs } = this.#options
    const patienceMs = Math.max(stallMs, PAUSES * this.#pauseMs)
    const leftMs = this.#heardMs + patienceMs - timers.nowMs()
    if (leftMs > 0) this.#arm(leftMs)
    else void this.#compare()
  }

  async #compare(): Promise<void> {
    const { timers, checkMs, graceMs, behind, onStalled } = this.#options
    const heard = this.#heard
    const isBehind = await behind()
    if (this.#stopped) return
    if (!isBehind || this.#heard !== heard) {
      this.#quiet++
      this.#arm(checkMs * Math.min(CHECK_GROWTH_MAX, this.#quiet))
      return
    }
    this.#cancel = timers.after('stall-grace', graceMs, () => {
      if (this.#stopped) return
      if (this.#heard === heard) onStalled()
      else this.#arm(checkMs)
    })
  }
}
