import { Mean, Sum } from '../kahan.ts'
import { combined, divided } from './arithmetic.ts'
import { type Histogram, usesCustomBuckets } from './histogram.ts'

/**
 * Native histograms added up one by one. What is lost of sums, which may be of either sign, is kept, and a mean is right where
 * the total is too large to be held; buckets only grow, and are simply added.
 */
export class HistogramTotal {
  #total: Histogram
  readonly #sum = new Sum()
  readonly #meanSum = new Mean()
  readonly #meanCount = new Mean()
  #added = 0

  constructor(first: Histogram) {
    this.#total = first
    this.#count(first)
  }

  /** Have the two the same kind of buckets? Others can't be added. */
  takes(histogram: Histogram): boolean {
    return usesCustomBuckets(this.#total) === usesCustomBuckets(histogram)
  }

  /** What there is to be told of the addition. */
  add(histogram: Histogram): { readonly reconciled: boolean; readonly collision: boolean } {
    const next = combined(this.#total, histogram, 1)
    this.#total = next.histogram
    this.#count(histogram)
    return next
  }

  #count({ sum, count }: Histogram): void {
    this.#added++
    this.#sum.add(sum)
    this.#meanSum.add(sum)
    this.#meanCount.add(count)
  }

  get sum(): Histogram {
    return { ...this.#total, sum: this.#sum.result }
  }

  get average(): Histogram {
    const shares = divided(this.#total, this.#added)
    return { ...shares, sum: this.#meanSum.result, count: this.#meanCount.result }
  }
}
