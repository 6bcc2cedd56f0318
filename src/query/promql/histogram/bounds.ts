import { type Buckets, type Histogram, usesCustomBuckets } from './histogram.ts'

/** One bucket with the values it counts: (lower, upper], or [lower, upper) below zero. */
export type Bucket = { readonly lower: number; readonly upper: number; readonly count: number }

/** Upper bound of an exponential bucket. */
export function exponentialBound(index: number, schema: number): number {
  return schema < 0 ? 2 ** (index * 2 ** -schema) : 2 ** (index / 2 ** schema)
}

/** Upper bound of a bucket above zero; the custom bucket after the last bound reaches to +Inf. */
export function upperBound({ schema, customBounds }: Histogram, index: number): number {
  if (customBounds !== undefined) return customBounds[index] ?? Number.POSITIVE_INFINITY
  return exponentialBound(index, schema)
}

/** Lower bound of a bucket above zero; that of the first custom bucket is -Inf. */
export function lowerBound({ schema, customBounds }: Histogram, index: number): number {
  if (customBounds !== undefined) return index === 0 ? Number.NEGATIVE_INFINITY : customBounds[index - 1]!
  return exponentialBound(index - 1, schema)
}

/** The buckets that count something, from the smallest values to the largest. */
export function populatedBuckets(histogram: Histogram): Bucket[] {
  const buckets: Bucket[] = []
  const { negative, positive, zeroCount, zeroThreshold } = histogram
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    const index = negative.offset + i
    const count = negative.counts[i]!
    if (count !== 0)
      buckets.push({ lower: -upperBound(histogram, index), upper: -lowerBound(histogram, index), count })
  }
  if (zeroCount !== 0 && !usesCustomBuckets(histogram))
    buckets.push({ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount })
  for (let i = 0; i < positive.counts.length; i++) {
    const index = positive.offset + i
    const count = positive.counts[i]!
    if (count !== 0)
      buckets.push({ lower: lowerBound(histogram, index), upper: upperBound(histogram, index), count })
  }
  return buckets
}

export function isEmpty({ counts }: Buckets): boolean {
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) return false
  return true
}
