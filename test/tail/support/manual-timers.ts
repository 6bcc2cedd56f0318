import type { TimerName, Timers } from '../../../src/tail/kubernetes/timers.ts'

type Armed = { readonly name: TimerName; readonly dueMs: number; readonly run: () => void }

/** Time that passes when the test says so. */
export class ManualTimers implements Timers {
  #nowMs = Date.parse('2026-03-01T10:00:00Z')
  readonly #armed = new Set<Armed>()
  readonly #waiting = new Set<() => void>()

  nowMs(): number {
    return this.#nowMs
  }

  after(name: TimerName, delayMs: number, run: () => void): () => void {
    const timer = { name, dueMs: this.#nowMs + delayMs, run }
    this.#armed.add(timer)
    for (const look of [...this.#waiting]) look()
    return () => this.#armed.delete(timer)
  }

  /** How long the next timer of this name has to go; undefined: none is armed. */
  leftMs(name: TimerName): number | undefined {
    const timer = this.#next(name)
    return timer === undefined ? undefined : timer.dueMs - this.#nowMs
  }

  /** Lets time pass until the next timer of this name, once one is armed. Others that are due on the way wait. */
  async fire(name: TimerName): Promise<void> {
    const timer = this.#next(name) ?? (await this.#arming(name))
    this.#armed.delete(timer)
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
    timer.run()
  }

  #next(name: TimerName): Armed | undefined {
    return [...this.#armed].filter((timer) => timer.name === name).sort((a, b) => a.dueMs - b.dueMs)[0]
  }

  #arming(name: TimerName): Promise<Armed> {
    return new Promise((resolve) => {
      const look = (): void => {
        const timer = this.#next(name)
        if (timer === undefined) return
        this.#waiting.delete(look)
        resolve(timer)
      }
      this.#waiting.add(look)
    })
  }
}

/** Time that passes `speed` times as fast; from a minute after the nodes' clocks start. */
export function fastTimers(speed: number): Timers {
  const startMs = performance.now()
  return {
    nowMs: () => Date.parse('2026-03-01T10:01:00Z') + (performance.now() - startMs) * speed,
    after(_name, delayMs, run) {
      const timer = setTimeout(run, delayMs / speed)
      return () => clearTimeout(timer)
    },
  }
}
