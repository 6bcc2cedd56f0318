import { bySeries } from '../../logql/metrics/series.ts'
import type { VectorValue } from '../evaluate/value.ts'
import { FLOAT, type GridSeries } from '../grid.ts'

/** By value, of an instant query; a range has no order. NaN is last in both directions. */
export function sortedByValue({ series }: VectorValue, direction: 1 | -1): VectorValue {
  const floats = series.filter(({ kinds }) => kinds.includes(FLOAT))
  if (series[0]?.kinds.length !== 1) return { kind: 'vector', series: floats }
  return {
    kind: 'vector',
    series: floats.sort((a, b) => compareValues(a.values[0]!, b.values[0]!, direction)),
  }
}

export function compareValues(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a === b ? 0 : a < b ? -direction : direction
}

/** By the values of labels, numbers in them by their size; where those are equal, by all labels. */
export function sortedByLabels(
  { series }: VectorValue,
  labels: ReadonlyArray<string>,
  direction: 1 | -1,
): VectorValue {
  const compare = (a: GridSeries, b: GridSeries): number => {
    for (const label of labels) {
      const order = compareNatural(a.series.labels.get(label) ?? '', b.series.labels.get(label) ?? '')
      if (order !== 0) return direction * order
    }
    return direction * bySeries(a, b)
  }
  return { kind: 'vector', series: [...series].sort(compare) }
}

const CHUNK = /\d+|\D+/g

function compareNatural(a: string, b: string): number {
  if (a === b) return 0
  const left = a.match(CHUNK) ?? []
  const right = b.match(CHUNK) ?? []
  for (let i = 0; i < left.length && i < right.length; i++) {
    const one = left[i]!
    const other = right[i]!
    if (one === other) continue
    const numbers = /^\d/.test(one) && /^\d/.test(other)
    if (numbers && Number(one) !== Number(other)) return Number(one) - Number(other)
    return one < other ? -1 : 1
  }
  return left.length - right.length
}
