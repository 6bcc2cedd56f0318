import { populatedBuckets } from '../../promql/histogram/bounds.ts'
import { type Histogram, usesCustomBuckets } from '../../promql/histogram/histogram.ts'
import { printValue } from '../../promql/histogram/text.ts'

/** Which ends of a bucket belong to it, as Prometheus numbers that. */
const UPPER = 0
const LOWER = 1
const BOTH = 3

/** A native histogram: its buckets are [ends, lower, upper, count]. */
export function histogramJson(histogram: Histogram): string {
  const { count, sum, zeroThreshold } = histogram
  const custom = usesCustomBuckets(histogram)
  const buckets = populatedBuckets(histogram).map(({ lower, upper, count: inside }) => {
    const zero = !custom && lower === -zeroThreshold && upper === zeroThreshold
    const ends = zero ? BOTH : !custom && upper <= 0 ? LOWER : UPPER
    return `[${ends},"${printValue(lower)}","${printValue(upper)}","${printValue(inside)}"]`
  })
  const list = buckets.length === 0 ? '' : `,"buckets":[${buckets.join(',')}]`
  return `{"count":"${printValue(count)}","sum":"${printValue(sum)}"${list}}`
}
