import type { Grouping } from '../ast.ts'
import type { Cursor } from './cursor.ts'

/** `(a, b)`; `()` is a list too. */
export function parseLabels(cursor: Cursor): string[] {
  cursor.expect('(')
  if (cursor.accept(')')) return []
  const labels = cursor.list(() => cursor.expectKind('identifier').text)
  if (!cursor.is(')')) cursor.unexpected([',', ')'])
  cursor.take()
  return labels
}

export function parseGrouping(cursor: Cursor): Grouping | undefined {
  const { text, start } = cursor.token
  if (!cursor.is('by') && !cursor.is('without')) return undefined
  cursor.take()
  const labels = parseLabels(cursor)
  return { kind: 'grouping', without: text === 'without', labels, start, end: cursor.lastEnd }
}
