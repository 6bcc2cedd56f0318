import { setTimeout as delay } from 'node:timers/promises'

/** Exponential back-off with full jitter, so that groups that failed together don't come back together. */
export class Backoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #failures = 0

  constructor(options: { minMs: number; maxMs: number; random?: () => number }) {
    this.#minMs = options.minMs
    this.#maxMs = options.maxMs
    this.#random = options.random ?? Math.random
  }

  /** Waits before the next attempt. Rejects with an AbortError when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#failures++, 16))
    await delay(this.#minMs / 2 + this.#random() * ceiling, undefined, { signal })
  }

  reset(): void {
    this.#failures = 0
  }
}
