import { open } from 'node:fs/promises'
import { type Frame, readFrames, StateError } from '../state-frames.ts'
import { NO_METRIC } from './metric-registry.ts'
import { METRIC_MASK, METRICS_END } from './series-slots.ts'
import { AGED, OVER } from './series-table.ts'
import type { SeriesTracker } from './series-tracker.ts'
import {
  type Head,
  Kind,
  readHead,
  readMetrics,
  readSeries,
  readWindow,
  type Window,
} from './state-format.ts'

/** Puts what the files of a state hold into a tracker that has nothing yet: the snapshot first, then the journals. */
export class StateReader {
  readonly #tracker: SeriesTracker
  /** Numbers in the file -> numbers in the registry, or NO_METRIC. */
  readonly #numbers = new Int32Array(METRICS_END)
  /** What to add to the table's window to get the one that counts on over restarts. */
  #windowBase: number | undefined
  #windowStartMs = 0

  constructor(tracker: SeriesTracker) {
    this.#tracker = tracker
  }

  /** Takes a snapshot; returns the number of the first journal to be read after it. Throws if it is broken. */
  async snapshot(path: string): Promise<number> {
    const { number, isWhole } = await this.#read(path)
    if (!isWhole) throw new StateError('is cut short')
    return number
  }

  /** Takes a journal. Throws where it is broken: what was appended before has been taken then. */
  async journal(path: string): Promise<void> {
    await this.#read(path)
  }

  /** Ends the windows that have ended since; returns what to add to the table's window. */
  finish(): number {
    if (this.#windowBase === undefined) return 0
    this.#tracker.resumeWindow(this.#windowStartMs)
    return this.#windowBase
  }

  async #read(path: string): Promise<{ number: number; isWhole: boolean }> {
    const file = await open(path, 'r')
    try {
      let head: Head | undefined
      let isWhole = false
      this.#numbers.fill(NO_METRIC)
      for await (const frame of readFrames(file)) {
        if (head === undefined) {
          head = readHead(frame)
          this.#tracker.table.reserve(head.series)
        } else this.#apply(frame)
        isWhole = frame.kind === Kind.end
      }
      if (head === undefined) throw new StateError('is empty')
      return { number: head.number, isWhole }
    } finally {
      await file.close()
    }
  }

  #apply({ kind, payload }: Frame): void {
    const { registry, table } = this.#tracker
    if (kind === Kind.metrics)
      for (const { number, tenant, name } of readMetrics(payload))
        this.#numbers[number] = registry.number(tenant, name, 0, name.length)
    if (kind !== Kind.series) return
    const behind = this.#behind(readWindow(payload))
    if (behind > 1) return
    readSeries(payload, (low, high, third) => {
      const metric = this.#numbers[third & METRIC_MASK]!
      const age = behind + ((third & AGED) === 0 ? 0 : 1)
      if (metric !== NO_METRIC && age <= 1)
        table.restore(low, high, metric, (third & OVER) | (age === 1 ? AGED : 0))
    })
  }

  /** Begins the window of a frame if it is new; returns how many windows have begun since. */
  #behind({ window, windowStartMs }: Window): number {
    const { table } = this.#tracker
    this.#windowBase ??= window - table.window
    const ahead = window - this.#windowBase - table.window
    if (ahead < 0) return -ahead
    for (let i = 0; i < Math.min(ahead, 2); i++) table.rotate()
    this.#windowBase = window - table.window
    this.#windowStartMs = windowStartMs
    return 0
  }
}
