import { CUSTOM_SCHEMA, EMPTY_HISTOGRAM, type Histogram } from './histogram.ts'

/** A classic bucket: how many observations are at most `upper`. */
export type ClassicBucket = { readonly upper: number; readonly count: number }

/** What had to be done to the buckets of a quantile, for the notes about it. */
export type Repair = 'none' | 'monotonic'

export type ClassicQuantile = { readonly value: number; readonly repair: Repair }

/** Differences of this part of the counts come from rounding. */
const TOLERANCE = 1e-12

/** The φ-quantile of buckets, which are in the order of their bounds; NaN where the last does not reach to +Inf. */
export function classicQuantile(phi: number, buckets: ReadonlyArray<ClassicBucket>): ClassicQuantile {
  if (Number.isNaN(phi)) return { value: Number.NaN, repair: 'none' }
  if (phi < 0) return { value: Number.NEGATIVE_INFINITY, repair: 'none' }
  if (phi > 1) return { value: Number.POSITIVE_INFINITY, repair: 'none' }
  const { bounds, counts, repair } = ordered(buckets)
  const last = bounds.length - 1
  if (bounds[last] !== Number.POSITIVE_INFINITY || last < 1 || counts[last] === 0)
    return { value: Number.NaN, repair: 'none' }
  let rank = phi * counts[last]!
  let at = 0
  while (at < last && !(counts[at]! >= rank)) at++
  if (at === last) return { value: bounds[last - 1]!, repair }
  if (at === 0 && bounds[0]! <= 0) return { value: bounds[0]!, repair }
  const start = at === 0 ? 0 : bounds[at - 1]!
  const below = at === 0 ? 0 : counts[at - 1]!
  rank -= below
  return { value: start + (bounds[at]! - start) * (rank / (counts[at]! - below)), repair }
}

type Ordered = { readonly bounds: number[]; readonly counts: number[]; readonly repair: Repair }

/** Buckets of equal bounds are one; none counts less than the one before it. */
function ordered(buckets: ReadonlyArray<ClassicBucket>): Ordered {
  const bounds: number[] = []
  const counts: number[] = []
  for (const { upper, count } of buckets) {
    if (bounds.at(-1) === upper) counts[counts.length - 1]! += count
    else {
      bounds.push(upper)
      counts.push(count)
    }
  }
  let repair: Repair = 'none'
  for (let i = 1, previous = counts[0]!; i < counts.length; i++) {
    const count = counts[i]!
    if (count === previous) continue
    const rounded = almostEqual(previous, count)
    if (rounded || count < previous) {
      counts[i] = previous
      if (!rounded) repair = 'monotonic'
    } else previous = count
  }
  return { bounds, counts, repair }
}

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true
  const sum = Math.abs(a) + Math.abs(b)
  if (a === 0 || b === 0) return Math.abs(a - b) < TOLERANCE * Number.MIN_VALUE
  return Math.abs(a - b) / Math.min(sum, Number.MAX_VALUE) < TOLERANCE
}

/** Classic buckets as a native histogram; undefined where they don't reach to +Inf. */
export function ofClassic(buckets: ReadonlyArray<ClassicBucket>): Histogram | undefined {
  const { bounds, counts } = ordered(buckets)
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) return undefined
  const single = Float64Array.from(counts, (count, i) => (i === 0 ? count : count - counts[i - 1]!))
  return {
    ...EMPTY_HISTOGRAM,
    schema: CUSTOM_SCHEMA,
    count: counts.at(-1)!,
    positive: { offset: 0, counts: single },
    customBounds: bounds.slice(0, -1),
  }
}
