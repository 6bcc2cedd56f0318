import type { Expr, LogExpr, Selector } from './ast.ts'
import { LogqlError } from './error.ts'
import { tokenize } from './lexer.ts'
import { QUERY_LENGTH_MAX } from './limits.ts'
import { Cursor } from './parser/cursor.ts'
import { isBinaryOp, LOG_QUERY, parseMetric } from './parser/metric.ts'
import { parseSelector } from './parser/selector.ts'
import { parseStages } from './parser/stages.ts'

/**
 * The tree of a query, with nothing checked but its grammar and the rules of aggregations; `parse` (parse.ts) is what
 * queries of users go through. Throws {@link LogqlError}.
 */
export function parseSyntax(query: string): Expr {
  const cursor = open(query)
  const expr = startsLog(cursor) ? parseLog(cursor) : parseMetric(cursor)
  if (cursor.is('|') && cursor.next.text === 'unwrap')
    cursor.fail(
      cursor.token.start,
      'unwrap stands in range aggregations only, such as sum_over_time(… | unwrap x [5m])',
    )
  if (expr.kind === 'log') refuseOperator(cursor)
  if (cursor.token.kind !== 'end')
    cursor.unexpected(
      expr.kind === 'log'
        ? ['|', '|=', '!=', '|~', '!~', '|>', '!>', 'end of query']
        : ['an operator', 'end of query'],
    )
  return expr
}

function refuseOperator(cursor: Cursor): void {
  const { text, start, kind } = cursor.token
  const { next } = cursor
  const operandFollows = next.kind === 'number' || next.kind === 'identifier' || /^[{(]$/.test(next.text)
  if (kind !== 'string' && isBinaryOp(text) && operandFollows)
    cursor.fail(start, `unexpected type for left leg of binary operation (${text}): ${LOG_QUERY}`)
}

/** `{…}` alone, as `match[]` of series and `query` of label values are. Throws {@link LogqlError}. */
export function parseSelectorSyntax(query: string): Selector {
  const cursor = open(query)
  const selector = parseSelector(cursor)
  if (cursor.token.kind !== 'end') cursor.unexpected(['end of query'])
  return selector
}

function open(query: string): Cursor {
  if (query.length > QUERY_LENGTH_MAX)
    throw new LogqlError(
      query,
      QUERY_LENGTH_MAX,
      `input size too long (${query.length} > ${QUERY_LENGTH_MAX} characters)`,
    )
  return new Cursor(query, tokenize(query))
}

/** A log query begins with its selector; parentheses may stand around it. */
function startsLog(cursor: Cursor): boolean {
  return cursor.tokens.find(({ kind, text }) => !(kind === 'symbol' && text === '('))?.text === '{'
}

function parseLog(cursor: Cursor): LogExpr {
  const { start } = cursor.token
  let selector: Selector
  let stages: LogExpr['stages'] = []
  if (cursor.accept('(')) {
    const inner = cursor.nested(() => parseLog(cursor))
    cursor.expect(')')
    selector = inner.selector
    stages = inner.stages
  } else selector = parseSelector(cursor)
  return { kind: 'log', selector, stages: [...stages, ...parseStages(cursor)], start, end: cursor.lastEnd }
}
