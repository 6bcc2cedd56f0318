import { isEmpty, populatedBuckets } from './bounds.ts'
import { type Histogram, usesCustomBuckets } from './histogram.ts'

/**
 * The zero bucket reaches from or to zero, if there are buckets on one side only; the first custom bucket begins at zero, as
 * classic ones do, unless it ends below.
 */
function trimmed(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  histogram: Histogram,
): [lower: number, upper: number] {
  if (usesCustomBuckets(histogram))
    return [lower === Number.NEGATIVE_INFINITY && upper > 0 ? 0 : lower, upper]
  if (!(lower < 0 && upper > 0)) return [lower, upper]
  const negative = !isEmpty(histogram.negative)
  const positive = !isEmpty(histogram.positive)
  return [positive && !negative ? 0 : lower, negative && !positive ? 0 : upper]
}

/**
 * The value that a part φ of the observations do not exceed. It is interpolated: along a logarithmic scale in exponential
 * buckets, else along a line. Observations of NaN count, but are above all buckets.
 */
export function histogramQuantile(phi: number, histogram: Histogram): number {
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  if (histogram.count === 0 || Number.isNaN(phi)) return Number.NaN
  const buckets = populatedBuckets(histogram)
  const forward = Number.isNaN(histogram.sum) || phi < 0.5
  let rank = (forward ? phi : 1 - phi) * histogram.count
  if (!forward) buckets.reverse()
  let count = 0
  let bucket = buckets[0]
  for (const next of buckets) {
    bucket = next
    count += next.count
    if (count >= rank) break
  }
  if (bucket === undefined) return Number.isNaN(histogram.sum) ? Number.NaN : 0
  const [lower, upper] = trimmed(bucket, histogram)
  const custom = usesCustomBuckets(histogram)
  if (custom && lower === Number.NEGATIVE_INFINITY) return upper
  if (custom && upper === Number.POSITIVE_INFINITY && bucket.lower !== Number.NEGATIVE_INFINITY) return lower
  count = Math.min(count, histogram.count)
  if (count < rank) return Number.isNaN(histogram.sum) ? Number.NaN : upper
  rank = forward ? rank - (count - bucket.count) : count - rank
  const part = rank / bucket.count
  if (custom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * part
  const logLower = Math.log2(Math.abs(lower))
  const logUpper = Math.log2(Math.abs(upper))
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * part)
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - part)))
}

/** Observations of NaN are counted, but in no bucket; the sum tells of them. */
export function hasNaNs(histogram: Histogram): boolean {
  return Number.isNaN(histogram.sum) && bucketTotal(histogram) < histogram.count
}

function bucketTotal(histogram: Histogram): number {
  let total = 0
  for (const { count } of populatedBuckets(histogram)) total += count
  return total
}

/** The part of the observations between two values. */
export function histogramFraction(lower: number, upper: number, histogram: Histogram): number {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  const total = Number.isNaN(histogram.sum) ? bucketTotal(histogram) : histogram.count
  const below = Math.min(rankOf(lower, histogram), total)
  const above = Math.min(rankOf(upper, histogram), total)
  return (above - below) / histogram.count
}

/** How many observations are below a value. */
function rankOf(value: number, histogram: Histogram): number {
  let rank = 0
  for (const bucket of populatedBuckets(histogram)) {
    const [lower, upper] = trimmed(bucket, histogram)
    if (lower >= value) return rank
    if (upper > value)
      return rank + bucket.count * partBelow(value, lower, upper, usesCustomBuckets(histogram))
    rank += bucket.count
  }
  return rank
}

/** The part of a bucket's observations that is below a value in it. */
export function partBelow(value: number, lower: number, upper: number, custom: boolean): number {
  if (custom || (lower <= 0 && upper >= 0)) {
    // Nothing is known inside a bucket without an end: what it counts is below any value in it, or above.
    if (lower === Number.NEGATIVE_INFINITY) return 1
    return upper === Number.POSITIVE_INFINITY ? 0 : (value - lower) / (upper - lower)
  }
  const logLower = Math.log2(Math.abs(lower))
  const logUpper = Math.log2(Math.abs(upper))
  const logValue = Math.log2(Math.abs(value))
  if (value > 0) return (logValue - logLower) / (logUpper - logLower)
  return 1 - (logValue - logUpper) / (logLower - logUpper)
}

/** Variance of the observations, each taken to be in the (geometric) middle of its bucket. */
export function histogramVariance(histogram: Histogram): number {
  const mean = histogram.sum / histogram.count
  const custom = usesCustomBuckets(histogram)
  let variance = 0
  for (const { lower, upper, count } of populatedBuckets(histogram)) {
    const delta = middleOf(lower, upper, custom) - mean
    variance += count * delta * delta
  }
  return variance / histogram.count
}

function middleOf(lower: number, upper: number, custom: boolean): number {
  if (custom) {
    if (lower === Number.NEGATIVE_INFINITY) return upper > 0 ? upper / 2 : upper
    return upper === Number.POSITIVE_INFINITY ? lower : (lower + upper) / 2
  }
  if (lower <= 0 && upper >= 0) return 0
  const middle = Math.sqrt(upper * lower)
  return upper < 0 ? -middle : middle
}
