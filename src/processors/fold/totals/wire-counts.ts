import { wholeOf } from '../../../otlp/words.ts'

/**
 * Counts of buckets as a point has them, two words each in an array of its batch, beside those that are kept of its member. Nearly every point
 * has the buckets that its member had, so it is compared and added from where it stands, without a copy.
 * `| 0` keeps V8 from checking each sum for overflow, which costs a third.
 */

/** Whether none of the `length` counts whose words begin at `at` is lower than the number of its bucket, from `first` on. */
export function isAtLeast(
  words: Uint32Array,
  at: number,
  numbers: Float64Array,
  first: number,
  length: number,
): boolean {
  const end = (first + length) | 0
  for (let from = at | 0, to = first | 0; to < end; to = (to + 1) | 0, from = (from + 2) | 0)
    if (wholeOf(words[from]!, words[(from + 1) | 0]!) < numbers[to]!) return false
  return true
}

/** Adds how far those counts are above the numbers to `totals`, from `to` on; the numbers become the counts. */
export function addGain(
  words: Uint32Array,
  at: number,
  numbers: Float64Array,
  first: number,
  length: number,
  totals: Float64Array,
  to: number,
): void {
  for (let i = 0, from = at | 0; i < (length | 0); i = (i + 1) | 0, from = (from + 2) | 0) {
    const count = wholeOf(words[from]!, words[(from + 1) | 0]!)
    const gain = count - numbers[(first + i) | 0]!
    if (gain === 0) continue
    totals[(to + i) | 0]! += gain
    numbers[(first + i) | 0] = count
  }
}
