import { type Buckets, type Histogram, NO_BUCKETS } from './histogram.ts'

/** Buckets of `levels` schemas less: 2^levels of them become one. */
export function rescaledBuckets({ offset, counts }: Buckets, levels: number): Buckets {
  if (counts.length === 0) return NO_BUCKETS
  const target = (index: number): number => ((index - 1) >> levels) + 1
  const first = target(offset)
  const rescaled = new Float64Array(target(offset + counts.length - 1) - first + 1)
  for (let i = 0; i < counts.length; i++) rescaled[target(offset + i) - first]! += counts[i]!
  return { offset: first, counts: rescaled }
}

/** a + factor * b, bucket by bucket. */
export function mergedBuckets(a: Buckets, b: Buckets, factor: 1 | -1): Buckets {
  if (b.counts.length === 0) return a
  const offset = a.counts.length === 0 ? b.offset : Math.min(a.offset, b.offset)
  const end = Math.max(
    a.counts.length === 0 ? 0 - Number.MAX_SAFE_INTEGER : a.offset + a.counts.length,
    b.offset + b.counts.length,
  )
  const counts = new Float64Array(end - offset)
  counts.set(a.counts, a.counts.length === 0 ? 0 : a.offset - offset)
  for (let i = 0; i < b.counts.length; i++) counts[b.offset - offset + i]! += factor * b.counts[i]!
  return { offset, counts }
}

/** A histogram of custom buckets with only some of its bounds: buckets between them are merged. */
export function withBounds(histogram: Histogram, bounds: ReadonlyArray<number>): Histogram {
  const { customBounds = [], positive } = histogram
  const counts = new Float64Array(bounds.length + 1)
  for (let i = 0, to = 0; i < positive.counts.length; i++) {
    const upper = customBounds[positive.offset + i] ?? Number.POSITIVE_INFINITY
    while (to < bounds.length && bounds[to]! < upper) to++
    counts[to]! += positive.counts[i]!
  }
  return { ...histogram, customBounds: bounds, positive: { offset: 0, counts } }
}
