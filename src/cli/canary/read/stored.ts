import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../exit-code.ts'
import { NS_PER_MS, nowNs } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { Snapshot } from '../ledger/run-ledger.ts'

/** Bodies of stored lines between two times, oldest first, each once. `toNs` is not within. */
export type History = (fromNs: bigint, toNs: bigint, signal: AbortSignal) => AsyncIterable<string>

export type StoredOptions = {
  readonly history: History
  readonly ledger: Ledger
  readonly note: (text: string) => void
  /** Nothing older is asked for. */
  readonly readyNs: bigint
  readonly pollMs: number
  /** Lines younger than this are read again and again: what is stored twice is stored twice within it. */
  readonly windowMs: number
}

/** Clocks of writer and collector differ by less. */
const MARGIN_NS = 1000n * NS_PER_MS
/** How far back missing lines are looked for; the last reading is of this at most. */
const LOOK_BACK_NS = 3_600_000n * NS_PER_MS

const latest = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const earliest = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Reads what is stored into the ledger, over and over. */
export class StoredReader {
  readonly #options: StoredOptions
  #isAway = false

  constructor(options: StoredOptions) {
    this.#options = options
  }

  /** Until the signal aborts. Throws `CommandError` for what asking again can't mend. */
  async poll(signal: AbortSignal): Promise<void> {
    const { ledger, windowMs, pollMs } = this.#options
    while (!signal.aborted) {
      const now = nowNs()
      const window = now - BigInt(windowMs) * NS_PER_MS
      await this.#read(earliest(window, ledger.oldestHoleNs('stored') ?? window), now, signal)
      ledger.forget(now)
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Reads all of it once more. False: it could not be read. */
  readAll(signal: AbortSignal): Promise<boolean> {
    return this.#read(this.#options.readyNs, nowNs(), signal)
  }

  async #read(sinceNs: bigint, now: bigint, signal: AbortSignal): Promise<boolean> {
    const { history, ledger, note, readyNs } = this.#options
    const fromNs = latest(latest(sinceNs, readyNs), now - LOOK_BACK_NS) - MARGIN_NS
    const snapshot = new Snapshot()
    try {
      for await (const body of history(fromNs, now + MARGIN_NS, signal))
        ledger.stored(body, nowNs(), snapshot)
      if (this.#isAway) note('stored lines can be read again')
      this.#isAway = false
      return true
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof CommandError) || !error.isPassing) throw error
      if (!this.#isAway) note(`stored lines can not be read: ${error.message}`)
      this.#isAway = true
      return false
    }
  }
}
