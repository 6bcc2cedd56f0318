import { ConditionError } from './condition-error.ts'
import { unquote } from './unquote.ts'

export type Token = {
  readonly kind: 'name' | 'string' | 'int' | 'float' | 'bytes' | 'operator' | 'end'
  /** As written; of a string, its content with the escapes resolved. */
  readonly text: string
  readonly offset: number
}

/** The grammar's tokens in order of precedence. Sticky: each is tried exactly where the last token ended. */
const PATTERNS: ReadonlyArray<readonly [Token['kind'], RegExp]> = [
  ['bytes', /0x[0-9a-fA-F]+/y],
  ['float', /(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?/y],
  ['int', /\d+/y],
  ['name', /[A-Za-z][A-Za-z0-9_]*/y],
  ['operator', /==|!=|<=|>=|[-+*/<>=(){}[\],.:]/y],
]
const SPACE = /\s+/y
const STRING = /"(?:\\[\s\S]|[^\\"])*"/y

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0]
}

function unexpected(text: string, offset: number): ConditionError {
  const character = String.fromCodePoint(text.codePointAt(offset)!)
  const cures: Readonly<Record<string, string>> = {
    "'": 'strings stand in double quotes',
    '`': 'strings stand in double quotes',
    '"': 'this string has no closing quote',
    '&': 'write and',
    '|': 'write or',
    '!': 'write not, or != between two values',
    '#': 'conditions have no comments',
  }
  const cure = cures[character]
  return new ConditionError(
    `unexpected ${character === '"' ? 'quote' : character}${cure ? `: ${cure}` : ''}`,
    offset,
  )
}

/** Splits a condition into tokens. The last one is `end`. Throws {@link ConditionError}. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let offset = match(SPACE, text, 0)?.length ?? 0
  while (offset < text.length) {
    const quoted = match(STRING, text, offset)
    if (quoted !== undefined) {
      tokens.push({ kind: 'string', text: unquote(quoted, offset), offset })
      offset += quoted.length
    } else {
      const token = plainToken(text, offset)
      tokens.push(token)
      offset += token.text.length
    }
    offset += match(SPACE, text, offset)?.length ?? 0
  }
  tokens.push({ kind: 'end', text: '', offset: text.length })
  return tokens
}

function plainToken(text: string, offset: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    const found = match(pattern, text, offset)
    if (found !== undefined) return { kind, text: found, offset }
  }
  throw unexpected(text, offset)
}
