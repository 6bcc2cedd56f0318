import { setImmediate } from 'node:timers/promises'

/** How long an evaluation may keep the thread, which also receives telemetry and answers others. */
const WORK_MS_MAX = 20

/** Lets others have the thread between the series of a large evaluation, and notices that nobody waits for it any more. */
export class Breaths {
  readonly #signal: AbortSignal | undefined
  #since = performance.now()

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  /** Undefined while there is time left; else what to await. Throws the signal's reason once it is aborted. */
  due(): Promise<void> | undefined {
    this.#signal?.throwIfAborted()
    if (performance.now() - this.#since < WORK_MS_MAX) return undefined
    return this.#rest()
  }

  async #rest(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
    this.#signal?.throwIfAborted()
  }
}
