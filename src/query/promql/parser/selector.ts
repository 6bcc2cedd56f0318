import type { Matcher, MatchOp, Modifiers, VectorSelector } from '../ast.ts'
import { LIST_LENGTH_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'

export const NAME_LABEL = '__name__'
export const NO_MODIFIERS: Modifiers = { offset: undefined, at: undefined }

const MATCH_OPS: ReadonlySet<string> = new Set<MatchOp>(['=', '!=', '=~', '!~'])

/** `metric{a="b"}`, `{"a metric", "a label"="b"}`. */
export function parseSelector(cursor: Cursor): VectorSelector {
  const { start } = cursor.token
  let name: Named | undefined
  if (!cursor.is('{')) {
    const { text, end } = cursor.expectKind('identifier')
    name = { text, start, end }
  }
  const matchers: Matcher[] = []
  const before = name?.text
  if (cursor.is('{')) name = parseBraces(cursor, matchers, name)
  if (name !== undefined) {
    const twin = matchers.find((matcher) => matcher.name === NAME_LABEL)
    if (twin !== undefined) setTwice(cursor, start, name.text, twin.value)
    matchers.push({ kind: 'matcher', name: NAME_LABEL, op: '=', value: name.text, ...span(name) })
  }
  return {
    kind: 'selector',
    name: before,
    matchers,
    extension: undefined,
    modifiers: NO_MODIFIERS,
    start,
    end: cursor.lastEnd,
  }
}

type Named = { readonly text: string; readonly start: number; readonly end: number }

function span({ start, end }: Named): { readonly start: number; readonly end: number } {
  return { start, end }
}

function setTwice(cursor: Cursor, at: number, one: string, other: string): never {
  return cursor.fail(
    at,
    `metric name must not be set twice: ${JSON.stringify(one)} or ${JSON.stringify(other)}`,
  )
}

/** A string that stands alone is the metric's name. */
function parseBraces(cursor: Cursor, matchers: Matcher[], before: Named | undefined): Named | undefined {
  const context = 'label matching'
  let name = before
  const { start: brace } = cursor.expect('{')
  while (!cursor.is('}')) {
    if (matchers.length === LIST_LENGTH_MAX)
      cursor.fail(cursor.token.start, `a selector of more than ${LIST_LENGTH_MAX} matchers`)
    const { kind, text, start, end } = cursor.token
    if (kind !== 'identifier' && kind !== 'string') cursor.unexpected(context, 'identifier or "}"')
    cursor.take()
    if (kind === 'string' && (cursor.is(',') || cursor.is('}'))) {
      if (name !== undefined) setTwice(cursor, before?.start ?? brace, name.text, text)
      name = { text, start, end }
    } else {
      const op = parseMatchOp(cursor, context)
      const value = cursor.expectKind('string', context)
      matchers.push({ kind: 'matcher', name: text, op, value: value.text, start, end: value.end })
    }
    if (!cursor.accept(',') && !cursor.is('}')) cursor.unexpected(context, '"," or "}"')
  }
  cursor.take()
  return name
}

function parseMatchOp(cursor: Cursor, context: string): MatchOp {
  const { kind, text } = cursor.token
  if (kind !== 'symbol' || !isMatchOp(text)) return cursor.unexpected(context, 'label matching operator')
  cursor.take()
  return text
}

function isMatchOp(text: string): text is MatchOp {
  return MATCH_OPS.has(text)
}
