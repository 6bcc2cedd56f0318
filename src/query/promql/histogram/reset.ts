import { toSchema } from './arithmetic.ts'
import { withBounds } from './buckets.ts'
import { type Buckets, type Histogram, usesCustomBuckets } from './histogram.ts'
import { withZeroThreshold } from './zero-bucket.ts'

/** Was a counter reset between two histograms of it? It says so itself, or one of its counts has become smaller. */
export function wasReset(histogram: Histogram, previous: Histogram): boolean {
  if (histogram.hint === 'reset') return true
  if (histogram.hint === 'none') return false
  if (histogram.count < previous.count) return true
  const custom = usesCustomBuckets(histogram)
  if (custom !== usesCustomBuckets(previous)) return true
  if (custom) return hasFewerOfCustom(histogram, previous)
  if (histogram.schema > previous.schema || histogram.zeroThreshold < previous.zeroThreshold) return true
  const widened = withZeroThreshold(previous, histogram.zeroThreshold)
  if (widened.zeroThreshold !== histogram.zeroThreshold || histogram.zeroCount < widened.zeroCount)
    return true
  const { positive, negative } = toSchema(widened, histogram.schema)
  return hasFewer(histogram.positive, positive) || hasFewer(histogram.negative, negative)
}

/** Where bounds differ, those that both have are compared. */
function hasFewerOfCustom(histogram: Histogram, previous: Histogram): boolean {
  const before = new Set(previous.customBounds)
  const bounds = (histogram.customBounds ?? []).filter((bound) => before.has(bound))
  return hasFewer(withBounds(histogram, bounds).positive, withBounds(previous, bounds).positive)
}

function hasFewer(buckets: Buckets, previous: Buckets): boolean {
  for (let i = 0; i < previous.counts.length; i++) {
    const count = buckets.counts[previous.offset + i - buckets.offset] ?? 0
    if (count < previous.counts[i]!) return true
  }
  return false
}
