/** Bounds rise by this factor: a quantile is exact to 5 %. */
const GROWTH = 1.05
const BUCKETS = 400

/** How long lines took, in milliseconds, counted in buckets. */
export class Latencies {
  readonly #counts = new Float64Array(BUCKETS)
  #total = 0

  add(ms: number): void {
    const bucket = ms <= 1 ? 0 : Math.ceil(Math.log(ms) / Math.log(GROWTH))
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++
    this.#total++
  }

  /** Milliseconds that this share of the lines took at most; undefined without a line. */
  quantile(share: number): number | undefined {
    let left = Math.ceil(share * this.#total)
    if (left === 0) return undefined
    let bucket = 0
    for (; left > this.#counts[bucket]!; bucket++) left -= this.#counts[bucket]!
    return Math.round(GROWTH ** bucket)
  }
}
