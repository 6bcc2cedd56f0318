import { LIST_LENGTH_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'

/** `(a, b)`, as of by, on and group_left; names may be quoted, a comma may follow the last. */
export function parseLabelList(cursor: Cursor): string[] {
  const context = 'grouping opts'
  cursor.expect('(', context)
  const labels: string[] = []
  while (!cursor.is(')')) {
    if (labels.length === LIST_LENGTH_MAX)
      cursor.fail(cursor.token.start, `a list of more than ${LIST_LENGTH_MAX} labels`)
    labels.push(parseLabelName(cursor, context))
    if (!cursor.accept(',') && !cursor.is(')')) cursor.unexpected(context, '"," or ")"')
  }
  cursor.take()
  return labels
}

function parseLabelName(cursor: Cursor, context: string): string {
  const { kind, text, start } = cursor.token
  if (kind === 'identifier') {
    if (text.includes(':')) cursor.unexpected(context, 'label')
    return cursor.take().text
  }
  const name = cursor.expectKind('string', context, 'label').text
  if (name === '') cursor.fail(start, 'invalid label name for grouping: ""')
  return name
}
