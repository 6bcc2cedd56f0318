import type { Fold } from './fold.ts'

/** Samples of one series in the order of their times, in plain numbers. */
export class SampleQueue {
  #times = new Float64Array(8)
  #values = new Float64Array(8)
  #head = 0
  length = 0

  push(time: number, value: number): void {
    if (this.#head + this.length === this.#times.length) this.#makeRoom()
    this.#times[this.#head + this.length] = time
    this.#values[this.#head + this.length] = value
    this.length++
  }

  /** Drops the samples with a time up to `time`, and says how many they were. */
  dropUntil(time: number, dropped?: (value: number) => void): number {
    const before = this.length
    while (this.length > 0 && this.#times[this.#head]! <= time) {
      dropped?.(this.#values[this.#head]!)
      this.#head++
      this.length--
    }
    return before - this.length
  }

  feed(fold: Fold): void {
    const end = this.#head + this.length
    for (let i = this.#head; i < end; i++) fold.add(this.#times[i]!, this.#values[i]!)
  }

  /** Moves the samples to the front; into larger arrays, if they fill more than half. */
  #makeRoom(): void {
    const { length } = this
    const size = length * 2 > this.#times.length ? this.#times.length * 2 : this.#times.length
    const times = new Float64Array(size)
    const values = new Float64Array(size)
    times.set(this.#times.subarray(this.#head, this.#head + length))
    values.set(this.#values.subarray(this.#head, this.#head + length))
    this.#times = times
    this.#values = values
    this.#head = 0
  }
}
