import type { TimerName, Timers } from '../timers.ts'

/** Aborts `signal` when nothing was heard for too long. Must be stopped. */
export class SilenceLimit {
  readonly #abort = new AbortController()
  readonly #arm: () => () => void
  #disarm: () => void

  constructor(timers: Timers, name: TimerName, silenceMsMax: number) {
    this.#arm = () => timers.after(name, silenceMsMax, () => this.#abort.abort())
    this.#disarm = this.#arm()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The time of whoever uses what was heard does not count: called before and after. */
  pause(): void {
    this.#disarm()
  }

  heard(): void {
    this.#disarm()
    this.#disarm = this.#arm()
  }

  stop(): void {
    this.#disarm()
  }
}

/** The pieces of a body, with the limit on the time between them. */
export async function* withinSilence(
  body: AsyncIterable<Buffer>,
  limit: SilenceLimit,
): AsyncGenerator<Buffer> {
  limit.heard()
  for await (const chunk of body) {
    limit.pause()
    yield chunk
    limit.heard()
  }
}
