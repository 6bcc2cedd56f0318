/**
 * A reader of JSON text that stops at what it was asked for: text after the document, and mistakes behind the value that is
 * looked for, are not seen. Its words for mistakes are those that `__error_details__` is known to hold.
 */
export class MalformedJson extends Error {}

const OBJECT = "Value looks like object, but can't find closing '}' symbol"
const ARRAY = "Value is array, but can't find closing ']' symbol"
const STRING = "Value is string, but can't find closing '\"' symbol"
const DEPTH_MAX = 128

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/** Where a value stands: `end` is exclusive, and quotes are included. */
export type JsonValue = { readonly kind: JsonKind; readonly start: number; readonly end: number }

export function skipSpace(text: string, at: number): number {
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) break
    at++
  }
  return at
}

/** The end of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at + 1
  }
  throw new MalformedJson(STRING)
}

/** The end of the object or array that opens at `start`: brackets are matched, what is between is not looked at. */
function blockEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = stringEnd(text, at) - 1
    else if (code === 0x7b || code === 0x5b) depth++
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1
  }
  throw new MalformedJson(text[start] === '{' ? OBJECT : ARRAY)
}

const ATOM = /[^,\]}\s]+/y
const WORDS: ReadonlyMap<string, JsonKind> = new Map([
  ['true', 'boolean'],
  ['false', 'boolean'],
  ['null', 'null'],
])

/** The value that begins at `start`, spaces left out. */
export function valueAt(text: string, start: number): JsonValue {
  const code = text.charCodeAt(start)
  if (code === 0x22) return { kind: 'string', start, end: stringEnd(text, start) }
  if (code === 0x7b) return { kind: 'object', start, end: blockEnd(text, start) }
  if (code === 0x5b) return { kind: 'array', start, end: blockEnd(text, start) }
  ATOM.lastIndex = start
  const atom = ATOM.exec(text)?.[0]
  if (atom === undefined) throw new MalformedJson('Unknown value type')
  const kind = WORDS.get(atom) ?? (/^-?\d/.test(atom) ? 'number' : undefined)
  if (kind === undefined) throw new MalformedJson('Unknown value type')
  return { kind, start, end: start + atom.length }
}

/** Text of a value: strings without quotes and escapes, other values as they stand. */
export function textOf(text: string, { kind, start, end }: JsonValue): string {
  return kind === 'string' ? unquoted(text.slice(start + 1, end - 1)) : text.slice(start, end)
}

/** A string that JSON does not allow, with raw control characters or odd escapes, stays as it is written. */
function unquoted(raw: string): string {
  if (!raw.includes('\\')) return raw
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return raw
  }
}

/** Calls `visit` for each field of the object at `start`, until it answers true. */
export function eachField(
  text: string,
  start: number,
  visit: (key: string, value: JsonValue) => boolean,
): void {
  if (text[start] !== '{') throw new MalformedJson(OBJECT)
  let at = skipSpace(text, start + 1)
  if (text[at] === '}') return
  for (;;) {
    if (text[at] !== '"') throw new MalformedJson(at >= text.length ? 'Malformed JSON error' : OBJECT)
    const key = { kind: 'string', start: at, end: stringEnd(text, at) } as const
    at = skipSpace(text, key.end)
    if (text[at] !== ':') throw new MalformedJson('Malformed JSON error')
    const value = valueAt(text, skipSpace(text, at + 1))
    if (visit(textOf(text, key), value)) return
    at = skipSpace(text, value.end)
    if (text[at] === '}') return
    if (text[at] !== ',') throw new MalformedJson(at >= text.length ? ARRAY : OBJECT)
    at = skipSpace(text, at + 1)
  }
}

/** The item of the array at `start`, or undefined if it has not so many. */
export function itemAt(text: string, start: number, index: number): JsonValue | undefined {
  let at = skipSpace(text, start + 1)
  for (let i = 0; text[at] !== ']'; i++) {
    const value = valueAt(text, at)
    if (i === index) return value
    at = skipSpace(text, value.end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
    else if (text[at] !== ']') throw new MalformedJson(ARRAY)
  }
  return undefined
}

export function checkDepth(depth: number): void {
  if (depth > DEPTH_MAX) throw new MalformedJson(`more than ${DEPTH_MAX} levels of objects`)
}
