import { QUERY_LENGTH_MAX } from '../logql/limits.ts'
import type { Expr, Field } from './ast.ts'
import { parseComparison, parseField } from './comparison.ts'
import { Cursor } from './cursor.ts'
import { TraceqlError } from './error.ts'
import { tokenize } from './lexer.ts'

/**
 * Reads one spanset: `{ }`, `{ a && (b || !c) }`. Whatever else TraceQL has is refused with a sentence. Throws
 * {@link TraceqlError}.
 */
export function parse(query: string): Expr {
  const cursor = open(query)
  if (cursor.token.kind === 'end') cursor.unexpected('{')
  const expr = parseSpanset(cursor)
  if (cursor.token.kind !== 'end') refuseRest(cursor)
  return expr
}

/** A field alone, as endpoints name tags: `span.http.route`, `name`, `.a`. Throws {@link TraceqlError}. */
export function parseFieldName(text: string): Field {
  const cursor = open(text)
  const field = parseField(cursor)
  if (cursor.token.kind !== 'end') cursor.unexpected('end of the name')
  return field
}

function open(query: string): Cursor {
  if (query.length > QUERY_LENGTH_MAX)
    throw new TraceqlError(
      query,
      QUERY_LENGTH_MAX,
      `the query has ${query.length} characters; at most ${QUERY_LENGTH_MAX} are allowed`,
    )
  return new Cursor(query, tokenize(query))
}

function parseSpanset(cursor: Cursor): Expr {
  if (cursor.accept('(')) {
    const inner = cursor.nested(() => parseSpanset(cursor))
    if (!cursor.is(')') && cursor.token.kind !== 'end') refuseRest(cursor)
    cursor.expect(')')
    return inner
  }
  cursor.expect('{')
  if (cursor.accept('}')) return { kind: 'constant', value: true }
  const expr = parseOr(cursor)
  cursor.expect('}')
  return expr
}

/** What may follow a spanset in TraceQL. */
function refuseRest(cursor: Cursor): never {
  const { text, kind, start } = cursor.token
  if (kind === 'symbol' && text === '|')
    cursor.fail(
      start,
      'pipelines (| count(), | rate(), | select(), …) are not run: search by one spanset { … } without them',
    )
  if (kind === 'symbol' && /^(?:&&|\|\||!?[<>~]{1,2}|&)$/.test(text))
    cursor.fail(
      start,
      `spansets can't be related to each other (${text}): search by one spanset, its conditions joined by && and || inside the braces`,
    )
  cursor.unexpected('end of query')
}

function parseOr(cursor: Cursor): Expr {
  let left = parseAnd(cursor)
  while (cursor.accept('||')) left = { kind: 'or', left, right: parseAnd(cursor) }
  return left
}

function parseAnd(cursor: Cursor): Expr {
  let left = parseUnary(cursor)
  while (cursor.accept('&&')) left = { kind: 'and', left, right: parseUnary(cursor) }
  return left
}

function parseUnary(cursor: Cursor): Expr {
  if (cursor.accept('!')) return { kind: 'not', operand: cursor.nested(() => parseUnary(cursor)) }
  if (!cursor.accept('(')) return parseComparison(cursor)
  const inner = cursor.nested(() => parseOr(cursor))
  cursor.expect(')')
  return inner
}
