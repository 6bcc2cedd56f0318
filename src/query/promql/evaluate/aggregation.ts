import type { Aggregation } from '../ast.ts'
import { aggregateQuantile, aggregateSimply } from '../operators/aggregate.ts'
import { aggregateValues } from '../operators/count-values.ts'
import { aggregateLimit, aggregateRatio, aggregateTop } from '../operators/select.ts'
import type { Context, Scope } from './context.ts'
import { NOTHING, type Value, type VectorValue } from './value.ts'

export async function evaluateAggregation(
  expr: Aggregation,
  scope: Scope,
  context: Context,
): Promise<VectorValue> {
  const { op, operand, parameter, grouping } = expr
  const inner: Scope = { ...scope, hints: { func: op, by: grouping } }
  const argument = parameter === undefined ? undefined : await context.evaluate(parameter, scope)
  const vector = await context.evaluate(operand, inner)
  if (vector.kind !== 'vector') return NOTHING
  switch (op) {
    case 'topk':
    case 'bottomk':
      return aggregateTop(expr, vector, numbers(argument), context)
    case 'limitk':
      return aggregateLimit(expr, vector, numbers(argument))
    case 'limit_ratio':
      return aggregateRatio(expr, vector, numbers(argument), context.notes)
    case 'quantile':
      return aggregateQuantile(expr, vector, numbers(argument), context)
    case 'count_values':
      return aggregateValues(expr, vector, argument?.kind === 'string' ? argument.value : '', scope, context)
    default:
      return aggregateSimply(op, expr, vector, scope.grid.count, context)
  }
}

function numbers(value: Value | undefined): Float64Array {
  return value?.kind === 'scalar' ? value.values : new Float64Array(0)
}
