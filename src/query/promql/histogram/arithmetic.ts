import { mergedBuckets, rescaledBuckets, withBounds } from './buckets.ts'
import { type Histogram, NO_BUCKETS, type ResetHint, usesCustomBuckets } from './histogram.ts'
import { withZeroThreshold } from './zero-bucket.ts'

/** The histogram at a coarser exponential schema; it is returned as it is where it has that schema, or custom buckets. */
export function toSchema(histogram: Histogram, schema: number): Histogram {
  if (usesCustomBuckets(histogram) || schema >= histogram.schema) return histogram
  const levels = histogram.schema - schema
  return {
    ...histogram,
    schema,
    positive: rescaledBuckets(histogram.positive, levels),
    negative: rescaledBuckets(histogram.negative, levels),
  }
}

/** All counts and the sum times a factor. A counter times a negative factor is none. */
export function scaled(histogram: Histogram, factor: number): Histogram {
  return {
    ...histogram,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    zeroCount: histogram.zeroCount * factor,
    positive: { ...histogram.positive, counts: histogram.positive.counts.map((count) => count * factor) },
    negative: { ...histogram.negative, counts: histogram.negative.counts.map((count) => count * factor) },
    hint: factor < 0 ? 'gauge' : histogram.hint,
  }
}

/** All counts and the sum by a divisor; by zero, there are no buckets. */
export function divided(histogram: Histogram, divisor: number): Histogram {
  const { count, sum, zeroCount } = histogram
  if (divisor !== 0) {
    const result = scaled(histogram, 1 / divisor)
    return { ...result, count: count / divisor, sum: sum / divisor, zeroCount: zeroCount / divisor }
  }
  return {
    ...histogram,
    count: count / divisor,
    sum: sum / divisor,
    zeroCount: zeroCount / divisor,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
  }
}

export type Combined = {
  readonly histogram: Histogram
  /** Custom bounds differed: those that both have are left. */
  readonly reconciled: boolean
  /** One says that it was reset, the other that it was not. */
  readonly collision: boolean
}

/**
 * a + factor * b, at the coarser resolution of both. One with custom and one with exponential buckets can't be combined:
 * the caller has looked.
 */
export function combined(a: Histogram, b: Histogram, factor: 1 | -1): Combined {
  const { hint, collision } = combinedHint(a.hint, b.hint)
  const { left, right, reconciled } = usesCustomBuckets(a) ? sameBounds(a, b) : sameLayout(a, b)
  const histogram: Histogram = {
    schema: left.schema,
    count: a.count + factor * b.count,
    sum: a.sum + factor * b.sum,
    zeroThreshold: left.zeroThreshold,
    zeroCount: left.zeroCount + factor * right.zeroCount,
    positive: mergedBuckets(left.positive, right.positive, factor),
    negative: mergedBuckets(left.negative, right.negative, factor),
    customBounds: left.customBounds,
    hint,
  }
  return { histogram, reconciled, collision }
}

type Pair = { readonly left: Histogram; readonly right: Histogram; readonly reconciled: boolean }

function sameBounds(a: Histogram, b: Histogram): Pair {
  const left = a.customBounds ?? []
  const right = b.customBounds ?? []
  if (left.length === right.length && left.every((bound, i) => bound === right[i]))
    return { left: a, right: b, reconciled: false }
  const others = new Set(right)
  const bounds = left.filter((bound) => others.has(bound))
  return { left: withBounds(a, bounds), right: withBounds(b, bounds), reconciled: true }
}

function sameLayout(a: Histogram, b: Histogram): Pair {
  const schema = Math.min(a.schema, b.schema)
  let left = a
  let right = b
  // A threshold inside a populated bucket moves to that bucket's end, so one may overtake the other several times.
  while (left.zeroThreshold !== right.zeroThreshold) {
    if (left.zeroThreshold > right.zeroThreshold) right = withZeroThreshold(right, left.zeroThreshold)
    else left = withZeroThreshold(left, right.zeroThreshold)
  }
  return { left: toSchema(left, schema), right: toSchema(right, schema), reconciled: false }
}

function combinedHint(a: ResetHint, b: ResetHint): { readonly hint: ResetHint; readonly collision: boolean } {
  if (a === b) return { hint: a, collision: false }
  if (a === 'gauge' || b === 'gauge') return { hint: 'gauge', collision: false }
  return { hint: 'unknown', collision: a !== 'unknown' && b !== 'unknown' }
}
