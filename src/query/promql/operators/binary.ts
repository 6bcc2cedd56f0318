import type { BinaryExpr, SetOp } from '../ast.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { filledOf, type ScalarValue, SeriesWriter, type Value, type VectorValue } from '../evaluate/value.ts'
import { ABSENT, FLOAT } from '../grid.ts'
import { calculate, isComparison, isTrim } from './arithmetic.ts'
import { Operation, Sample } from './element.ts'
import { combineVectors } from './match.ts'
import { combineSets } from './set.ts'

export async function combine(
  expr: BinaryExpr,
  left: Value,
  right: Value,
  { grid }: Scope,
  { notes, breaths }: Context,
): Promise<Value> {
  const { op, bool, matching } = expr
  if (left.kind === 'string' || right.kind === 'string') return { kind: 'vector', series: [] }
  if (isSetOp(op))
    return left.kind === 'vector' && right.kind === 'vector'
      ? combineSets(op, left, right, matching, grid.count)
      : { kind: 'vector', series: [] }
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return isTrim(op)
      ? { kind: 'vector', series: [] }
      : { kind: 'scalar', values: left.values.map((value, i) => calculate(op, value, right.values[i]!)) }
  const compares = isComparison(op)
  // What is left of a histogram is still that metric.
  const renames = !compares && !isTrim(op)
  const operation = new Operation(op, compares, bool, notes, expr)
  const rules = { matching, arithmetic: renames, bool }
  if (left.kind === 'vector' && right.kind === 'vector')
    return combineVectors(operation, left, right, rules, grid.count, breaths)
  const dropName = renames || bool
  if (left.kind === 'vector')
    return withScalar(operation, left, right as ScalarValue, 'right', dropName, compares && !bool)
  return withScalar(operation, right as VectorValue, left as ScalarValue, 'left', dropName, compares && !bool)
}

function isSetOp(op: string): op is SetOp {
  return op === 'and' || op === 'or' || op === 'unless'
}

/** A comparison that filters keeps the vector's samples, on whichever side it stands. */
function withScalar(
  operation: Operation,
  vector: VectorValue,
  scalar: ScalarValue,
  side: 'left' | 'right',
  dropName: boolean,
  filters: boolean,
): VectorValue {
  const sample = new Sample()
  const number = new Sample()
  const writers = vector.series.map((series) => {
    const writer = new SeriesWriter(series.series, series.kinds.length, series.dropName || dropName)
    for (let step = 0; step < series.kinds.length; step++) {
      if (series.kinds[step] === ABSENT) continue
      sample.set(series, step)
      number.setFloat(scalar.values[step]!)
      const found = side === 'right' ? operation.apply(sample, number) : operation.apply(number, sample)
      if (!found) continue
      const { kind, value, histogram } = filters ? sample : operation.result
      if (kind === FLOAT) writer.float(step, value)
      else writer.histogram(step, histogram!)
    }
    return writer
  })
  return { kind: 'vector', series: filledOf(writers) }
}
