import type { Expr } from '../../promql/ast.ts'
import type { LabelMatcher } from '../../promql/source.ts'

/** The matchers of every selector of a query. */
export function selectorsOf(expr: Expr): Array<ReadonlyArray<LabelMatcher>> {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return []
    case 'selector':
      return [expr.matchers]
    case 'matrix':
      return [expr.selector.matchers]
    case 'call':
      return expr.args.flatMap(selectorsOf)
    case 'aggregation':
      return [
        ...(expr.parameter === undefined ? [] : selectorsOf(expr.parameter)),
        ...selectorsOf(expr.operand),
      ]
    case 'binary':
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)]
    case 'paren':
    case 'unary':
    case 'subquery':
      return selectorsOf(expr.operand)
  }
}
