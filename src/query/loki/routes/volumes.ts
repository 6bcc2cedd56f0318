import type { LogRange, MetricExpr, RangeOp, Selector } from '../../logql/ast.ts'
import { printSelector } from '../../logql/print.ts'
import { parseSyntax } from '../../logql/syntax.ts'

/**
 * Queries that count what a selector means, made as trees: a selector may be empty here, which queries of users may not.
 */
type Counting = {
  readonly op: Extract<RangeOp, 'count_over_time' | 'bytes_over_time'>
  readonly selector: Selector
  /** Width of the window. */
  readonly rangeNs: bigint
  /** Labels to sum by; everything together without one. */
  readonly by: ReadonlyArray<string>
}

export function countingQuery({ op, selector, rangeNs, by }: Counting): MetricExpr {
  const expr = parseSyntax(`sum by (${by.join(', ')}) (${op}(${printSelector(selector)}[1s]))`)
  if (expr.kind !== 'vector-aggregation' || expr.operand.kind !== 'range-aggregation')
    throw new TypeError('BUG: no counting query')
  const { operand } = expr
  const range: LogRange = { ...operand.range, rangeNs: Number(rangeNs) }
  return { ...expr, operand: { ...operand, range } }
}

export function topOf(count: number, operand: MetricExpr): MetricExpr {
  const { start, end } = operand
  return {
    kind: 'vector-aggregation',
    op: 'topk',
    parameter: count,
    operand,
    grouping: undefined,
    start,
    end,
  }
}
