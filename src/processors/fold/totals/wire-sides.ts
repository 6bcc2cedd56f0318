import { POINT } from '../../../otlp/slots.ts'
import { wholeOf } from '../../../otlp/words.ts'
import type { Point } from '../point.ts'
import type { Buckets } from './buckets.ts'
import { addGain, isAtLeast } from './wire-counts.ts'

/** One side of an exponential histogram as a point has it: one, read again for each point. */
export class WireSide {
  #words: Uint32Array = new Uint32Array(0)
  /** The word of its first count, which is that of bucket `#offset`. */
  #at = 0
  #count = 0
  #offset = 0

  /** Of `count` counts that begin at row `start` of an array of the batch. */
  read(words: Uint32Array, start: number, count: number, offset: number): void {
    this.#words = words
    this.#at = 2 * start
    this.#count = count
    this.#offset = offset
  }

  /** Whether it counts nothing outside of the `length` buckets from `offset` on, and in none less than the numbers from `first` on. */
  isAtLeast(offset: number, length: number, numbers: Float64Array, first: number): boolean {
    const lead = length === 0 ? this.#count : offset - this.#offset
    const end = lead + length
    return (
      lead >= 0 &&
      end <= this.#count &&
      this.#isZero(0, lead) &&
      this.#isZero(end, this.#count) &&
      isAtLeast(this.#words, this.#at + 2 * lead, numbers, first, length)
    )
  }

  /** As the function of this name, after `isAtLeast`: `to` has these buckets. */
  addGain(offset: number, length: number, numbers: Float64Array, first: number, to: Buckets): void {
    const lead = offset - this.#offset
    addGain(this.#words, this.#at + 2 * lead, numbers, first, length, to.counts, offset - to.offset)
  }

  #isZero(from: number, to: number): boolean {
    const words = this.#words
    for (let at = this.#at + 2 * from, end = this.#at + 2 * to; at < end; at++)
      if (words[at] !== 0) return false
    return true
  }
}

/** What a point of an exponential histogram counts, where it stands in its batch. One, read again for each point. */
export class WireSides {
  readonly positive = new WireSide()
  readonly negative = new WireSide()
  zero = 0

  read({ base, batch, data }: Point): void {
    const [positive, negative] = batch.arrays
    const { countsCount, countsFirst, positiveOffset } = POINT
    const { boundsCount, boundsFirst, negativeOffset } = POINT
    this.positive.read(
      positive.data,
      data[base + countsFirst]!,
      data[base + countsCount]!,
      data[base + positiveOffset]! | 0,
    )
    this.negative.read(
      negative.data,
      data[base + boundsFirst]!,
      data[base + boundsCount]!,
      data[base + negativeOffset]! | 0,
    )
    this.zero = wholeOf(data[base + POINT.zeroCountLow]!, data[base + POINT.zeroCountHigh]!)
  }
}
