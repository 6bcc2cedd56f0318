import { exponentialBound } from './bounds.ts'
import type { Buckets, Histogram } from './histogram.ts'

/**
 * The histogram with a wider zero bucket, which takes in the buckets it reaches. A threshold inside a populated bucket is
 * moved to that bucket's end, so the result's may be larger than what was asked for.
 */
export function withZeroThreshold(histogram: Histogram, wanted: number): Histogram {
  const { schema, positive, negative, zeroCount } = histogram
  let threshold = wanted
  for (;;) {
    const reach = Math.max(reachOf(positive, schema, threshold), reachOf(negative, schema, threshold))
    if (reach <= threshold) break
    threshold = reach
  }
  return {
    ...histogram,
    zeroThreshold: threshold,
    zeroCount: zeroCount + countUpTo(positive, schema, threshold) + countUpTo(negative, schema, threshold),
    positive: bucketsBeyond(positive, schema, threshold),
    negative: bucketsBeyond(negative, schema, threshold),
  }
}

/** The end of the populated bucket that the threshold falls into; 0 if it falls into none. */
function reachOf({ offset, counts }: Buckets, schema: number, threshold: number): number {
  for (let i = 0; i < counts.length; i++) {
    if (exponentialBound(offset + i - 1, schema) >= threshold) return 0
    const upper = exponentialBound(offset + i, schema)
    if (upper > threshold) return counts[i] === 0 ? 0 : upper
  }
  return 0
}

function countUpTo({ offset, counts }: Buckets, schema: number, threshold: number): number {
  let count = 0
  for (let i = 0; i < counts.length && exponentialBound(offset + i, schema) <= threshold; i++)
    count += counts[i]!
  return count
}

function bucketsBeyond({ offset, counts }: Buckets, schema: number, threshold: number): Buckets {
  let skip = 0
  while (skip < counts.length && exponentialBound(offset + skip, schema) <= threshold) skip++
  return skip === 0 ? { offset, counts } : { offset: offset + skip, counts: counts.slice(skip) }
}
