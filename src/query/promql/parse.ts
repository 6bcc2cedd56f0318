import type { Expr, VectorSelector } from './ast.ts'
import { check } from './check.ts'
import { PromqlError } from './error.ts'
import { tokenize } from './lexer.ts'
import { QUERY_LENGTH_MAX } from './limits.ts'
import { Cursor } from './parser/cursor.ts'
import { parseExpr } from './parser/expression.ts'
import { parseSelector as parseSelectorAt } from './parser/selector.ts'

/** Reads a query and checks its types. Throws {@link PromqlError}. */
export function parse(query: string): Expr {
  const cursor = open(query)
  if (cursor.token.kind === 'end') cursor.fail(cursor.token.start, 'no expression found in input')
  const expr = parseExpr(cursor)
  if (cursor.token.kind !== 'end') cursor.unexpected()
  check(query, expr)
  return expr
}

/** `metric{a="b"}` alone, as `match[]` is; it must not match everything. Throws {@link PromqlError}. */
export function parseSelector(query: string): VectorSelector {
  const cursor = open(query)
  const selector = parseSelectorAt(cursor)
  if (cursor.token.kind !== 'end') cursor.unexpected()
  check(query, selector)
  return selector
}

function open(query: string): Cursor {
  if (query.length > QUERY_LENGTH_MAX)
    throw new PromqlError(
      query,
      QUERY_LENGTH_MAX,
      `the query has ${query.length} characters; at most ${QUERY_LENGTH_MAX} are allowed`,
    )
  return new Cursor(query, tokenize(query))
}
