import type { MetricExpr, RangeOp, VectorAggregation, VectorOp } from '../ast.ts'
import { compileBinary } from './binary.ts'
import { BY_NOTHING } from './extractor.ts'
import { compileLabelReplace } from './label-replace.ts'
import { withNeededStages } from './needed-stages.ts'
import type { MetricNode, Value } from './node.ts'
import { rangeNode } from './range-node.ts'
import { NO_SERIES, type Vector } from './series.ts'
import type { EvaluationLimits, Grid, LogSource } from './source.ts'
import { compileVectorAggregation } from './vector-aggregation.ts'

/** The query as nodes that give its value instant by instant. Opens the sources of its ranges. */
export function plan(whole: MetricExpr, grid: Grid, source: LogSource, limits: EvaluationLimits): MetricNode {
  const expr = needed(whole)
  const made = source.nodeFor?.(expr, grid)
  if (made !== undefined) return made
  switch (expr.kind) {
    case 'literal':
      return constant(expr.value)
    case 'vector':
      return constant([{ series: NO_SERIES, value: expr.value }])
    case 'range-aggregation':
      return rangeNode(expr, grid, source, limits)
    case 'vector-aggregation':
      return mapped(operandOf(expr, grid, source, limits), compileVectorAggregation(expr))
    case 'label-replace':
      return mapped(plan(expr.operand, grid, source, limits), compileLabelReplace(expr))
    case 'binary': {
      const combine = compileBinary(expr)
      const left = plan(expr.left, grid, source, limits)
      const right = plan(expr.right, grid, source, limits)
      return {
        at: async (step) => combine(await left.at(step), await right.at(step)),
        close: async () => {
          await left.close()
          await right.close()
        },
      }
    }
  }
}

/** The node without stages that its result does not need. */
function needed(expr: MetricExpr): MetricExpr {
  if (expr.kind === 'range-aggregation') return withNeededStages(expr, undefined)
  if (expr.kind !== 'vector-aggregation' || expr.op !== 'sum') return expr
  const { operand, grouping } = expr
  if (operand.kind !== 'range-aggregation') return expr
  return { ...expr, operand: withNeededStages(operand, grouping ?? BY_NOTHING) }
}

/** Aggregations that give the same, whether samples are grouped before them or their results after them. */
const SAME_GROUPED: Readonly<Partial<Record<VectorOp, ReadonlySet<RangeOp>>>> = {
  sum: new Set<RangeOp>(['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate', 'sum_over_time']),
  max: new Set<RangeOp>(['max_over_time']),
  min: new Set<RangeOp>(['min_over_time']),
}

function operandOf(
  expr: VectorAggregation,
  grid: Grid,
  source: LogSource,
  limits: EvaluationLimits,
): MetricNode {
  const { operand, op } = expr
  if (
    operand.kind !== 'range-aggregation' ||
    operand.grouping !== undefined ||
    !SAME_GROUPED[op]?.has(operand.op)
  )
    return plan(operand, grid, source, limits)
  return rangeNode(operand, grid, source, limits, expr.grouping ?? BY_NOTHING)
}

function constant(value: Value): MetricNode {
  return { at: () => value, close: () => Promise.resolve() }
}

function mapped(node: MetricNode, map: (vector: Vector) => Vector): MetricNode {
  const vectorAt = async (step: number): Promise<Vector> => {
    const value = await node.at(step)
    // A scalar as operand counts as a vector without labels.
    return typeof value === 'number' ? [{ series: NO_SERIES, value }] : value
  }
  return { at: async (step) => map(await vectorAt(step)), close: node.close }
}
