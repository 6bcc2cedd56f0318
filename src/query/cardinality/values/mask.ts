import { isIdSegment, type ValueKind } from './kinds.ts'

const SHOWN = 2
const LENGTH_MAX = 64

/** Letters and digits but the first two become stars: what kind of thing it is can be seen, and not which. */
function hidden(text: string): string {
  let shown = 0
  let masked = ''
  for (const character of text)
    if (!/[\p{L}\p{N}]/u.test(character)) masked += character
    else masked += shown++ < SHOWN ? character : '*'
  return masked
}

/** A value as a report may show it. Of a path the words stay, since they say where the ids are. */
export function maskedValue(value: string, kind: ValueKind): string {
  const masked =
    kind === 'path'
      ? value
          .split(/([/?&=#])/)
          .map((part) => (isIdSegment(part) ? hidden(part) : part))
          .join('')
      : hidden(value)
  return masked.length > LENGTH_MAX ? `${masked.slice(0, LENGTH_MAX)}…` : masked
}
