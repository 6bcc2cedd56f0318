import { delay, type Timers } from '../timers.ts'
import type { TailOptions } from './options.ts'

/** Nothing protects API server and kubelets from a tail but itself: follows per node and in all, and requests per second. */
export class TailLimits {
  readonly #options: TailOptions
  readonly #timers: Timers
  readonly #perNode = new Map<string, number>()
  readonly #exhausted = new Map<string, number>()
  #follows = 0
  /** When the next log request may be opened. */
  #nextOpenMs = 0

  constructor(options: TailOptions, timers: Timers) {
    this.#options = options
    this.#timers = timers
  }

  get follows(): number {
    return this.#follows
  }

  /** A place for one follow, to be given back by the returned function (once); undefined: poll instead. */
  acquire(node: string): (() => void) | undefined {
    const onNode = this.#perNode.get(node) ?? 0
    if (this.#follows >= this.#options.followsMax || onNode >= this.#options.followsPerNodeMax)
      return undefined
    if (this.#isExhausted(node)) return undefined
    this.#perNode.set(node, onNode + 1)
    this.#follows++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#follows--
      const rest = this.#perNode.get(node)! - 1
      if (rest === 0) this.#perNode.delete(node)
      else this.#perNode.set(node, rest)
    }
  }

  /** The node has no inotify instance left: no new follow there for a while. */
  exhausted(node: string): void {
    this.#exhausted.set(node, this.#timers.nowMs() + this.#options.exhaustedMs)
  }

  /** Resolves when one more log request may be opened: one after the other, evenly spread. */
  async opening(signal: AbortSignal): Promise<void> {
    const nowMs = this.#timers.nowMs()
    const waitMs = Math.max(0, this.#nextOpenMs - nowMs)
    this.#nextOpenMs = nowMs + waitMs + 1000 / this.#options.opensPerSecond
    if (waitMs >= 1) await delay(this.#timers, 'open-rate', waitMs, signal)
  }

  #isExhausted(node: string): boolean {
    const untilMs = this.#exhausted.get(node)
    if (untilMs === undefined) return false
    if (this.#timers.nowMs() < untilMs) return true
    this.#exhausted.delete(node)
    return false
  }
}
