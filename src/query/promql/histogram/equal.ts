import type { Buckets, Histogram } from './histogram.ts'

/** Equal in all that is counted; empty buckets and what is known of resets don't matter. */
export function sameHistogram(a: Histogram, b: Histogram): boolean {
  const bounds = a.customBounds ?? []
  const others = b.customBounds ?? []
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    (a.sum === b.sum || (Number.isNaN(a.sum) && Number.isNaN(b.sum))) &&
    a.zeroThreshold === b.zeroThreshold &&
    a.zeroCount === b.zeroCount &&
    bounds.length === others.length &&
    bounds.every((bound, i) => bound === others[i]) &&
    sameBuckets(a.positive, b.positive) &&
    sameBuckets(a.negative, b.negative)
  )
}

function sameBuckets(a: Buckets, b: Buckets): boolean {
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length)
  for (let i = Math.min(a.offset, b.offset); i < end; i++)
    if ((a.counts[i - a.offset] ?? 0) !== (b.counts[i - b.offset] ?? 0)) return false
  return true
}
