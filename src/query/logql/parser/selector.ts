import type { Matcher, MatchOp, Selector } from '../ast.ts'
import { LIST_LENGTH_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'

const MATCH_OPS: ReadonlySet<string> = new Set<MatchOp>(['=', '!=', '=~', '!~'])

export function isMatchOp(text: string): text is MatchOp {
  return MATCH_OPS.has(text)
}

/** `{app="a", level=~"warn|error"}`; a comma may follow the last matcher. */
export function parseSelector(cursor: Cursor): Selector {
  const { start } = cursor.expect('{')
  const matchers: Matcher[] = []
  while (!cursor.is('}')) {
    if (matchers.length === LIST_LENGTH_MAX)
      cursor.fail(cursor.token.start, `a selector of more than ${LIST_LENGTH_MAX} matchers`)
    matchers.push(parseMatcher(cursor, matchers.length === 0))
    if (!cursor.accept(',') && !cursor.is('}')) cursor.unexpected([',', '}'])
  }
  cursor.take()
  return { kind: 'selector', matchers, start, end: cursor.lastEnd }
}

function parseMatcher(cursor: Cursor, first: boolean): Matcher {
  if (cursor.token.kind !== 'identifier') cursor.unexpected(first ? ['IDENTIFIER', '}'] : ['IDENTIFIER'])
  const name = cursor.take()
  const op = parseMatchOp(cursor)
  const value = cursor.expectKind('string')
  return { kind: 'matcher', name: name.text, op, value: value.text, start: name.start, end: value.end }
}

function parseMatchOp(cursor: Cursor): MatchOp {
  const { text, kind } = cursor.token
  if (kind !== 'symbol' || !isMatchOp(text)) return cursor.unexpected(['=', '!=', '=~', '!~'])
  cursor.take()
  return text
}
