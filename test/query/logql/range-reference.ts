import type { RangeOp } from '../../../src/query/logql/ast.ts'

export type TimedValue = { readonly at: number; readonly value: number }

/** What a range aggregation gives for the samples of one window, by its definition and over all of them at once. */
export function reference(
  op: RangeOp,
  window: ReadonlyArray<TimedValue>,
  from: number,
  to: number,
  phi: number,
): number {
  const values = window.map(({ value }) => value)
  const count = values.length
  const sum = values.reduce((a, b) => a + b, 0)
  const mean = sum / count
  const numbers = values.filter((value) => !Number.isNaN(value))
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / count
  const seconds = to - from
  switch (op) {
    case 'count_over_time':
      return count
    case 'rate':
      return sum / seconds
    case 'bytes_over_time':
    case 'sum_over_time':
      return sum
    case 'bytes_rate':
      return sum / seconds
    case 'avg_over_time':
      return mean
    case 'min_over_time':
      return numbers.length === 0 ? Number.NaN : Math.min(...numbers)
    case 'max_over_time':
      return numbers.length === 0 ? Number.NaN : Math.max(...numbers)
    case 'first_over_time':
      return values[0]!
    case 'last_over_time':
      return values.at(-1)!
    case 'stdvar_over_time':
      return variance
    case 'stddev_over_time':
      return Math.sqrt(variance)
    case 'quantile_over_time':
      return quantile(values, phi)
    case 'rate_counter':
      return counterRate(window, from, to)
    case 'absent_over_time':
      return 1
  }
}

function quantile(values: ReadonlyArray<number>, phi: number): number {
  const below = values.filter(Number.isNaN)
  const sorted = [...below, ...values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)]
  const rank = phi * (sorted.length - 1)
  if (Number.isInteger(rank)) return sorted[rank]!
  return (
    sorted[Math.floor(rank)]! * (Math.ceil(rank) - rank) +
    sorted[Math.ceil(rank)]! * (rank - Math.floor(rank))
  )
}

function counterRate(window: ReadonlyArray<TimedValue>, from: number, to: number): number {
  const first = window[0]!
  const last = window.at(-1)!
  if (window.length < 2 || first.at === last.at) return 0
  // As Prometheus adds it up, which matters for NaN: what lies between first and last shows in resets only.
  const resets = window.filter(({ value }, i) => i > 0 && value < window[i - 1]!.value)
  const lost = resets.reduce((sum, point) => sum + window[window.indexOf(point) - 1]!.value, 0)
  const increase = last.value - first.value + lost
  const sampled = last.at - first.at
  const interval = sampled / (window.length - 1)
  const near = (distance: number): number => (distance < interval * 1.1 ? distance : interval / 2)
  const zero =
    increase > 0 && first.value >= 0 ? (sampled * first.value) / increase : Number.POSITIVE_INFINITY
  const length = sampled + Math.min(near(first.at - from), zero) + near(to - last.at)
  return (increase * length) / sampled / (to - from)
}
