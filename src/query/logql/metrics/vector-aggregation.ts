import type { VectorAggregation, VectorOp } from '../ast.ts'
import { Variance } from './fold.ts'
import {
  bySeries,
  NO_SERIES,
  projected,
  type Sample,
  type Series,
  SeriesMemo,
  type Vector,
} from './series.ts'

/** Makes the function that one vector aggregation is. */
export function compileVectorAggregation(expr: VectorAggregation): (vector: Vector) => Vector {
  const { op, parameter, grouping } = expr
  if (op === 'sort' || op === 'sort_desc') return (vector) => sorted(vector, op === 'sort' ? 1 : -1)
  const names = new Set(grouping?.labels)
  const group = new SeriesMemo((series) =>
    grouping === undefined ? NO_SERIES : projected(series, names, grouping.without),
  )
  const split = (vector: Vector): Map<string, Group> => {
    const groups = new Map<string, Group>()
    for (const sample of vector) {
      const series = group.get(sample.series)
      const found = groups.get(series.key)
      if (found === undefined) groups.set(series.key, { series, samples: [sample] })
      else found.samples.push(sample)
    }
    return groups
  }
  if (op === 'topk' || op === 'approx_topk' || op === 'bottomk') {
    const direction = op === 'bottomk' ? 1 : -1
    return (vector) =>
      [...split(vector).values()].flatMap(({ samples }) => sorted(samples, direction).slice(0, parameter))
  }
  return (vector) =>
    [...split(vector).values()].map(({ series, samples }) => ({ series, value: combine(op, samples) }))
}

type Group = { readonly series: Series; readonly samples: Sample[] }

/** By value, NaN last in both directions; equal values by their labels, so that the same are chosen every time. */
function sorted(vector: Vector, direction: 1 | -1): Vector {
  return [...vector].sort((a, b) => {
    const aNaN = Number.isNaN(a.value)
    const bNaN = Number.isNaN(b.value)
    if (aNaN || bNaN) return aNaN === bNaN ? bySeries(a, b) : aNaN ? 1 : -1
    return a.value === b.value ? bySeries(a, b) : a.value < b.value ? -direction : direction
  })
}

type Combining = Exclude<VectorOp, 'topk' | 'bottomk' | 'approx_topk' | 'sort' | 'sort_desc'>

function combine(op: Combining, samples: ReadonlyArray<Sample>): number {
  switch (op) {
    case 'count':
      return samples.length
    case 'sum':
      return sum(samples)
    case 'avg':
      return average(samples)
    case 'min':
      return extreme(samples, (a, b) => a < b)
    case 'max':
      return extreme(samples, (a, b) => a > b)
    case 'stddev':
      return variance(samples, true)
    case 'stdvar':
      return variance(samples, false)
  }
}

function sum(samples: ReadonlyArray<Sample>): number {
  let total = 0
  for (const { value } of samples) total += value
  return total
}

function average(samples: ReadonlyArray<Sample>): number {
  const total = sum(samples)
  if (Number.isFinite(total) || samples.some(({ value }) => !Number.isFinite(value)))
    return total / samples.length
  let mean = 0
  samples.forEach(({ value }, i) => {
    mean += value / (i + 1) - mean / (i + 1)
  })
  return mean
}

function extreme(samples: ReadonlyArray<Sample>, wins: (a: number, b: number) => boolean): number {
  let best = Number.NaN
  for (const { value } of samples) if (Number.isNaN(best) || wins(value, best)) best = value
  return best
}

function variance(samples: ReadonlyArray<Sample>, root: boolean): number {
  const fold = new Variance(root)
  for (const { value } of samples) fold.add(0, value)
  return fold.result()
}
