import type { BucketStore } from '../bucket-store.ts'
import type { BothSides } from './both-sides.ts'
import type { Buckets } from './buckets.ts'
import type { WireSides } from './wire-sides.ts'

/** Where the numbers of a member of an exponential histogram stand: these, then its positive and negative buckets. */
const COUNT = 0
const SUM = 1
const ZERO = 2
const SCALE = 3
const OFFSET = 4
const LENGTH = 5
const NEGATIVE_OFFSET = 6
const NEGATIVE_LENGTH = 7
const BUCKETS = 8

/** The last point of a member of an exponential histogram, in the bucket store. */
export class KeptSides {
  readonly #numbers: Float64Array

  constructor({ numbers }: BucketStore) {
    this.#numbers = numbers
  }

  static lengthOf({ negative, positive }: BothSides): number {
    return BUCKETS + positive.length + negative.length
  }

  count(at: number): number {
    return this.#numbers[at + COUNT]!
  }

  sum(at: number): number {
    return this.#numbers[at + SUM]!
  }

  put(at: number, { negative, positive, zero }: BothSides, scale: number, count: number, sum: number): void {
    const numbers = this.#numbers
    this.putTotals(at, count, sum)
    numbers[at + ZERO] = zero
    numbers[at + SCALE] = scale
    numbers[at + OFFSET] = positive.offset
    numbers[at + LENGTH] = positive.length
    numbers[at + NEGATIVE_OFFSET] = negative.offset
    numbers[at + NEGATIVE_LENGTH] = negative.length
    const first = at + BUCKETS
    for (let i = 0; i < positive.length; i++) numbers[first + i] = positive.counts[i]!
    const second = first + positive.length
    for (let i = 0; i < negative.length; i++) numbers[second + i] = negative.counts[i]!
  }

  /**
   * Adds what a point has gained to `to`, and keeps the point, if it counts nothing outside of the buckets that are kept, which `to` has at the
   * same scale, and in none of them less. Else false, and nothing is added.
   */
  advance(at: number, { negative, positive, zero }: WireSides, to: BothSides, scale: number): boolean {
    const numbers = this.#numbers
    const offset = numbers[at + OFFSET]!
    const length = numbers[at + LENGTH]!
    const negativeOffset = numbers[at + NEGATIVE_OFFSET]!
    const negativeLength = numbers[at + NEGATIVE_LENGTH]!
    const first = at + BUCKETS
    const second = first + length
    if (
      numbers[at + SCALE] !== scale ||
      zero < numbers[at + ZERO]! ||
      !to.positive.covers(offset, length) ||
      !to.negative.covers(negativeOffset, negativeLength) ||
      !positive.isAtLeast(offset, length, numbers, first) ||
      !negative.isAtLeast(negativeOffset, negativeLength, numbers, second)
    )
      return false
    positive.addGain(offset, length, numbers, first, to.positive)
    negative.addGain(negativeOffset, negativeLength, numbers, second, to.negative)
    to.zero += zero - numbers[at + ZERO]!
    numbers[at + ZERO] = zero
    return true
  }

  putTotals(at: number, count: number, sum: number): void {
    this.#numbers[at + COUNT] = count
    this.#numbers[at + SUM] = sum
  }

  /** Takes what is kept, brought to a scale and a zero bucket, off `from`. False if anything of it is lower. */
  takeOff(at: number, from: BothSides, scale: number, zeroIndex: number): boolean {
    const numbers = this.#numbers
    const steps = numbers[at + SCALE]! - scale
    const length = numbers[at + LENGTH]!
    const first = at + BUCKETS
    from.zero -= numbers[at + ZERO]!
    return (
      this.#takeSide(first, numbers[at + OFFSET]!, length, steps, zeroIndex, from, from.positive) &&
      this.#takeSide(
        first + length,
        numbers[at + NEGATIVE_OFFSET]!,
        numbers[at + NEGATIVE_LENGTH]!,
        steps,
        zeroIndex,
        from,
        from.negative,
      ) &&
      !from.hasNegative
    )
  }

  #takeSide(
    first: number,
    offset: number,
    length: number,
    steps: number,
    zeroIndex: number,
    from: BothSides,
    side: Buckets,
  ): boolean {
    for (let i = 0; i < length; i++) {
      const count = this.#numbers[first + i]!
      const index = (offset + i) >> steps
      if (index < zeroIndex) from.zero -= count
      else if (!side.take(index, count)) return false
    }
    return true
  }
}
