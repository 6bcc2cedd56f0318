import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { Op } from '../../traceql/ast.ts'

/** Comparisons in SQL, whose operators are literals of ours. */
const OPERATORS: Readonly<Record<Exclude<Op, '=~' | '!~'>, Fragment>> = {
  '=': sql`=`,
  '!=': sql`!=`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
}

export function operator(op: Op): Fragment {
  if (op === '=~' || op === '!~') throw new TypeError('BUG: a regular expression is no ordered comparison')
  return OPERATORS[op]
}

/** A text by any operator. A pattern means the whole text, and its `.` no newline, as in Go. */
export function compareText(text: Fragment, op: Op, value: string): Fragment {
  if (op !== '=~' && op !== '!~') return sql`${text} ${operator(op)} ${bind('String', value)}`
  const matches = sql`match(${text}, ${bind('String', `^(?-s:${value})$`)})`
  return op === '=~' ? matches : sql`NOT ${matches}`
}

/** A number by its 64 bits, `ns` being whole. */
export function compareNanos(column: Fragment, op: Op, ns: number): Fragment {
  return sql`${column} ${operator(op)} ${bind('Int64', String(Math.round(ns)))}`
}
