import { type Bucket, isEmpty, lowerBound, upperBound } from './bounds.ts'
import { type Buckets, type Histogram, usesCustomBuckets } from './histogram.ts'
import { partBelow } from './quantile.ts'

/** Which observations are kept: those below the value, or those above. */
export type Side = 'below' | 'above'
type Kept = { readonly count: number; readonly middle: number }
type Shape = { readonly custom: boolean; readonly negative: boolean }

const NOTHING: Kept = { count: 0, middle: 0 }

/**
 * `</` and `>/`: a histogram of the observations on one side of a value, estimated in the bucket that the value divides. If any
 * are left out, the sum is that of the middles of what is left.
 */
export function trimmed(histogram: Histogram, value: number, side: Side): Histogram {
  const custom = usesCustomBuckets(histogram)
  const total = { count: 0, sum: 0, changed: false }
  const add = ({ count, middle }: Kept, before: number): number => {
    total.count += count
    total.sum += middle * count
    total.changed ||= count !== before
    return count
  }
  const trimBuckets = ({ offset, counts }: Buckets, negative: boolean): Buckets => ({
    offset,
    counts: counts.map((count, i) => {
      if (count === 0) return 0
      const bucket = bucketOf(histogram, offset + i, count, negative)
      return add(trimBucket(bucket, value, side, { custom, negative }), count)
    }),
  })
  const positive = trimBuckets(histogram.positive, false)
  const negative = trimBuckets(histogram.negative, true)
  const zeroCount =
    histogram.zeroCount > 0 ? add(trimZero(histogram, value, side), histogram.zeroCount) : histogram.zeroCount
  if (!total.changed) return histogram
  return { ...histogram, count: total.count, sum: total.sum, zeroCount, positive, negative }
}

function bucketOf(histogram: Histogram, index: number, count: number, negative: boolean): Bucket {
  const [lower, upper] = [lowerBound(histogram, index), upperBound(histogram, index)]
  return negative ? { lower: -upper, upper: -lower, count } : { lower, upper, count }
}

function trimBucket(bucket: Bucket, value: number, side: Side, shape: Shape): Kept {
  const { lower, upper, count } = bucket
  if (side === 'below' ? upper <= value : lower >= value)
    return { count, middle: middleOf(lower, upper, shape) }
  if (side === 'below' ? lower >= value : upper <= value) return NOTHING
  if (lower === Number.NEGATIVE_INFINITY) return trimFirst(bucket, value, side)
  // What is above the last bound may be anywhere there.
  if (upper === Number.POSITIVE_INFINITY) return side === 'below' ? NOTHING : { count, middle: value }
  const below = count * partBelow(value, lower, upper, shape.custom)
  return side === 'below'
    ? { count: below, middle: middleOf(lower, value, shape) }
    : { count: count - below, middle: middleOf(value, upper, shape) }
}

/** The custom bucket without a lower end begins at zero, if it ends above. */
function trimFirst({ upper, count }: Bucket, value: number, side: Side): Kept {
  const ends = upper !== Number.POSITIVE_INFINITY
  if (side === 'below') {
    if (value > 0 && upper > 0 && ends) return { count: (count * value) / upper, middle: value / 2 }
    return upper <= 0 ? { count, middle: value } : NOTHING
  }
  if (value === Number.NEGATIVE_INFINITY) return { count, middle: 0 }
  if (value >= 0 && ends) return { count: count * (1 - value / upper), middle: (value + upper) / 2 }
  return NOTHING
}

function trimZero(histogram: Histogram, value: number, side: Side): Kept {
  const { zeroThreshold, zeroCount, positive, negative } = histogram
  const [hasPositive, hasNegative] = [!isEmpty(positive), !isEmpty(negative)]
  const lower = hasPositive && !hasNegative ? 0 : -zeroThreshold
  const upper = hasNegative && !hasPositive ? 0 : zeroThreshold
  if (side === 'below' ? value <= lower : value >= upper) return NOTHING
  if (side === 'below' ? value >= upper : value <= lower)
    return { count: zeroCount, middle: (lower + upper) / 2 }
  const [from, to] = side === 'below' ? [lower, value] : [value, upper]
  return { count: (zeroCount * (to - from)) / (upper - lower), middle: (from + to) / 2 }
}

/** Of exponential buckets the geometric middle; of one without an end what is known of it. */
function middleOf(lower: number, upper: number, { custom, negative }: Shape): number {
  if (lower === Number.NEGATIVE_INFINITY) {
    if (upper === Number.POSITIVE_INFINITY) return 0
    return upper > 0 ? upper / 2 : upper
  }
  if (upper === Number.POSITIVE_INFINITY) return lower
  if (custom) return (lower + upper) / 2
  const middle = Math.sqrt(Math.abs(lower * upper))
  return negative ? -middle : middle
}
