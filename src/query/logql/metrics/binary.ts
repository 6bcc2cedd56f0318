import type { BinaryExpr, VectorMatching } from '../ast.ts'
import { EvaluationError } from '../error.ts'
import { calculate, isComparison, type ScalarOp } from './arithmetic.ts'
import type { Value } from './node.ts'
import {
  printLabels,
  projected,
  type Sample,
  type Series,
  SeriesMemo,
  seriesOf,
  type Vector,
} from './series.ts'

/** Makes the function that one binary operation is. It throws {@link EvaluationError} where elements don't pair up. */
export function compileBinary(expr: BinaryExpr): (left: Value, right: Value) => Value {
  const { op, matching } = expr
  const pairOf = signature(matching)
  if (op === 'and' || op === 'or' || op === 'unless') {
    const combine = SET_OPS[op]
    return (left, right) => combine(vectorOf(left), vectorOf(right), pairOf)
  }
  const filter = isComparison(op) && !expr.bool
  const match = compileMatch(op, filter, matching, pairOf)
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return calculate(op, left, right)
    if (typeof left !== 'number' && typeof right !== 'number') return match(left, right)
    return typeof left === 'number'
      ? withScalar(vectorOf(right), filter, (value) => calculate(op, left, value))
      : withScalar(left, filter, (value) => calculate(op, value, right as number))
  }
}

function vectorOf(value: Value): Vector {
  return typeof value === 'number' ? [] : value
}

/** A comparison that filters keeps the vector's values, on whichever side it stands. */
function withScalar(vector: Vector, filter: boolean, calculated: (value: number) => number): Vector {
  if (filter) return vector.filter(({ value }) => calculated(value) === 1)
  return vector.map(({ series, value }) => ({ series, value: calculated(value) }))
}

type Signature = (series: Series) => string

/** What two elements must have in common to be a pair. */
function signature(matching: VectorMatching | undefined): Signature {
  if (matching === undefined) return (series) => series.key
  const names = new Set(matching.labels)
  const memo = new SeriesMemo((series) => projected(series, names, !matching.on).key)
  return (series) => memo.get(series)
}

type SetOp = (left: Vector, right: Vector, pairOf: Signature) => Vector

const SET_OPS: Readonly<Record<'and' | 'or' | 'unless', SetOp>> = {
  and: (left, right, pairOf) => {
    const there = new Set(right.map(({ series }) => pairOf(series)))
    return left.filter(({ series }) => there.has(pairOf(series)))
  },
  or: (left, right, pairOf) => {
    const there = new Set(left.map(({ series }) => pairOf(series)))
    return [...left, ...right.filter(({ series }) => !there.has(pairOf(series)))]
  },
  unless: (left, right, pairOf) => {
    const there = new Set(right.map(({ series }) => pairOf(series)))
    return left.filter(({ series }) => !there.has(pairOf(series)))
  },
}

/** Pairs each element of the side that may have many with the one of the other side. */
function compileMatch(
  op: ScalarOp,
  filter: boolean,
  matching: VectorMatching | undefined,
  pairOf: Signature,
): (left: Vector, right: Vector) => Vector {
  const swapped = matching?.group === 'right'
  return (left, right) => {
    const [many, one] = swapped ? [right, left] : [left, right]
    const ones = oneSide(one, pairOf, swapped ? 'left' : 'right')
    const samples: Sample[] = []
    const seen = new Set<string>()
    for (const sample of many) {
      const pair = pairOf(sample.series)
      const other = ones.get(pair)
      if (other === undefined) continue
      const [a, b] = swapped ? [other.value, sample.value] : [sample.value, other.value]
      const result = calculate(op, a, b)
      const series = resultSeries(sample.series, other.series, matching)
      if (filter && result !== 1) {
        // One that is filtered out still may not come twice.
        if (matching?.group === undefined) checkOnce(seen, pair, sample.series, false)
        continue
      }
      if (matching?.group === undefined) checkOnce(seen, pair, sample.series, false)
      else checkOnce(seen, series.key, series, true)
      samples.push({ series, value: filter ? a : result })
    }
    return samples
  }
}

function oneSide(vector: Vector, pairOf: Signature, side: string): Map<string, Sample> {
  const ones = new Map<string, Sample>()
  for (const sample of vector) {
    const pair = pairOf(sample.series)
    const twin = ones.get(pair)
    if (twin !== undefined)
      throw new EvaluationError(
        `found duplicate series on the ${side} hand-side;many-to-many matching not allowed: matching labels must be unique ` +
          `on one side, but ${printLabels(twin.series.labels)} and ${printLabels(sample.series.labels)} share theirs`,
      )
    ones.set(pair, sample)
  }
  return ones
}

function checkOnce(seen: Set<string>, key: string, { labels }: Series, grouped: boolean): void {
  if (seen.has(key))
    throw new EvaluationError(
      grouped
        ? `multiple matches for labels: grouping labels must ensure unique matches; ${printLabels(labels)} results twice`
        : `multiple matches for labels: many-to-one matching must be explicit (group_left/group_right); ${printLabels(labels)} shares its labels with another one`,
    )
  seen.add(key)
}

function resultSeries(many: Series, one: Series, matching: VectorMatching | undefined): Series {
  if (matching === undefined) return many
  if (matching.group === undefined) return projected(many, new Set(matching.labels), !matching.on)
  if (matching.include.length === 0) return many
  const labels = new Map(many.labels)
  for (const name of matching.include) {
    const value = one.labels.get(name)
    if (value === undefined || value === '') labels.delete(name)
    else labels.set(name, value)
  }
  return seriesOf(labels)
}
