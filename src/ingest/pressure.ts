import { memoryUsage } from 'node:process'

export type PressureOptions = {
  /** Resident memory beyond which nothing more is taken; Infinity: no limit. */
  readonly rssBytesMax: number
  /** How late the event loop may run before nothing more is taken; Infinity: no limit. */
  readonly loopDelayMsMax: number
  readonly nowMs: () => number
  readonly rssBytes?: () => number
  /** Reading the resident memory costs a system call: done this often, not per request. */
  readonly sampleIntervalMs?: number
}

/** Watches memory and event loop, so that a gateway in trouble refuses early instead of failing late. */
export class PressureGuard {
  readonly #options: PressureOptions
  readonly #sampleIntervalMs: number
  #timer: NodeJS.Timeout | undefined
  #expectedMs = 0
  #sentence: string | undefined

  constructor(options: PressureOptions) {
    this.#options = options
    this.#sampleIntervalMs = options.sampleIntervalMs ?? 250
  }

  /** Why nothing more can be taken now, for the sender; undefined if all is well. */
  readonly sentence = (): string | undefined => this.#sentence

  start(): void {
    if (this.#timer !== undefined) return
    this.#expectedMs = this.#options.nowMs() + this.#sampleIntervalMs
    this.#timer = setInterval(() => this.sample(), this.#sampleIntervalMs)
    this.#timer.unref()
  }

  /** Takes one sample: called by the timer. */
  sample(): void {
    const { nowMs, rssBytesMax, loopDelayMsMax, rssBytes = memoryUsage.rss } = this.#options
    const now = nowMs()
    const lateMs = now - this.#expectedMs
    this.#expectedMs = now + this.#sampleIntervalMs
    if (lateMs > loopDelayMsMax) this.#sentence = 'the gateway is short of CPU; send again later'
    else if (rssBytes() > rssBytesMax) this.#sentence = 'the gateway is short of memory; send again later'
    else this.#sentence = undefined
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#sentence = undefined
  }
}
