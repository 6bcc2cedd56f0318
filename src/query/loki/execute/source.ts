import type { EvaluationLimits, LogSource } from '../../logql/metrics/source.ts'
import { rangeShape } from './pushdown/range.ts'
import type { Query } from './query.ts'
import { sqlNode } from './range-node.ts'

/** Stored rows as the evaluator's source, and ClickHouse for what it can compute itself. */
export function sourceOf(query: Query, limits: EvaluationLimits, pushdown: boolean): LogSource {
  const source: LogSource = {
    open: (range, fromNs, toNs) => query.recordsOf(range, fromNs, toNs, pushdown),
    ...(pushdown
      ? {
          nodeFor: (expr, grid) => {
            const shape = rangeShape(expr)
            return shape === undefined ? undefined : sqlNode({ query, expr, shape, grid, source, limits })
          },
        }
      : {}),
  }
  return source
}
