import type { Expr } from './ast.ts'
import { print, printGrouping, printOperator, printSubquerySuffix } from './print.ts'

/** What fits into a line stays in one. */
const LINE_LENGTH_MAX = 100

/** A query over several lines, as Prometheus' format_query lays it out: what is too long is broken and indented. */
export function printPretty(expr: Expr): string {
  return pretty(expr, 0)
}

function pretty(expr: Expr, level: number): string {
  const indent = '  '.repeat(level)
  const line = print(expr)
  if (line.length <= LINE_LENGTH_MAX) return indent + line
  const inside = (one: Expr): string => pretty(one, level + 1)
  switch (expr.kind) {
    case 'aggregation': {
      const args = expr.parameter === undefined ? [expr.operand] : [expr.parameter, expr.operand]
      return `${indent}${expr.op}${printGrouping(expr.grouping)}(\n${args.map(inside).join(',\n')}\n${indent})`
    }
    case 'call':
      return `${indent}${expr.func}(\n${expr.args.map(inside).join(',\n')}\n${indent})`
    case 'paren':
      return `${indent}(\n${inside(expr.operand)}\n${indent})`
    case 'binary':
      return `${inside(expr.left)}\n${indent}${printOperator(expr)}\n${inside(expr.right)}`
    case 'unary':
      return indent + expr.op + pretty(expr.operand, level).trimStart()
    case 'subquery':
      return pretty(expr.operand, level) + printSubquerySuffix(expr)
    default:
      return indent + line
  }
}
