import { ApiError } from '../../errors.ts'
import type { Expr, LogExpr, MetricExpr, Selector } from '../../logql/ast.ts'
import { LogqlError } from '../../logql/error.ts'
import { parse, parseSelector } from '../../logql/parse.ts'

/** A query that can't be read is its author's mistake: line, column and what was expected. */
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof LogqlError) throw new ApiError('invalid_query', error.message)
    throw error
  }
}

/** Throws {@link ApiError}. */
export function readQuery(text: string): Expr {
  return readable(() => parse(text))
}

/** Throws {@link ApiError} for a metric query too; `where` names what reads lines only. */
export function readLogQuery(text: string, where: string): LogExpr {
  const expr = readQuery(text)
  if (expr.kind === 'log') return expr
  throw new ApiError(
    'invalid_query',
    `${where} reads log lines, and this is a metric query: give its selector and stages alone.`,
  )
}

/** For an endpoint that evaluates at one moment. Throws {@link ApiError}. */
export function readMetricQuery(text: string): MetricExpr {
  const expr = readQuery(text)
  if (expr.kind !== 'log') return expr
  throw new ApiError(
    'invalid_query',
    'log queries are not supported as an instant query type: ask query_range for log lines, or count them, as count_over_time({…}[5m]) does.',
  )
}

/** `{…}`, which may also be empty. Throws {@link ApiError}. */
export function readSelector(text: string): Selector {
  return readable(() => parseSelector(text))
}
