/** Between the two values around rank φ; NaN counts as the smallest. `values` is sorted. */
export function quantile(phi: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  values.sort(byValueNaNFirst)
  const rank = phi * (values.length - 1)
  const lower = Math.floor(rank)
  const upper = Math.min(lower + 1, values.length - 1)
  const weight = rank - lower
  // An infinite neighbour has no part in an exact rank: 0 times infinity is NaN.
  if (weight === 0) return values[lower]!
  return values[lower]! * (1 - weight) + values[upper]! * weight
}

export function middle(values: Float64Array): number {
  return quantile(0.5, values)
}

function byValueNaNFirst(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  return a - b
}
