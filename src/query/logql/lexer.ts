import { LogqlError } from './error.ts'
import { parseBytes, parseDuration, parseFloat64 } from './units.ts'
import { unquote } from './unquote.ts'

export type TokenKind = 'identifier' | 'string' | 'number' | 'duration' | 'bytes' | 'flag' | 'symbol' | 'end'

export type Token = {
  readonly kind: TokenKind
  /** As written; of a string, what it means. */
  readonly text: string
  /** Of numbers; nanoseconds of durations, bytes of sizes. */
  readonly value: number
  readonly start: number
  readonly end: number
}

/** Sticky: each is tried exactly where the last token ended. */
const SPACE = /(?:\s+|#[^\n]*)+/y
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const FLAG = /--[A-Za-z][A-Za-z-]*/y
const SYMBOL = /\|=|\|~|\|>|!=|!~|!>|=~|==|>=|<=|[{}()[\],=<>|+\-*/%^]/y
const STRING = /"(?:\\.|[^\\"\n])*"|`[^`]*`/y
const DURATION = /(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+(?![\w.])/y
const BYTES = /(?:\d+(?:\.\d*)?|\.\d+)(?:[kKMGTPEmgtpe]i?[bB]?|[bB])(?![\w.])/y
const NUMBER =
  /(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][-+]?\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])/y

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0]
}

/** Splits a query into tokens; the last one is `end`. Throws {@link LogqlError}. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  let offset = match(SPACE, query, 0)?.length ?? 0
  while (offset < query.length) {
    const token = nextToken(query, offset)
    tokens.push(token)
    offset = token.end
    offset += match(SPACE, query, offset)?.length ?? 0
  }
  tokens.push({ kind: 'end', text: '', value: 0, start: query.length, end: query.length })
  return tokens
}

function nextToken(query: string, start: number): Token {
  const character = query[start]!
  if (character === '"' || character === '`') return stringToken(query, start)
  if (/[0-9.]/.test(character)) return quantityToken(query, start)
  const name = match(IDENTIFIER, query, start)
  if (name !== undefined) return plain('identifier', name, start)
  const flag = match(FLAG, query, start)
  if (flag !== undefined) return plain('flag', flag, start)
  const symbol = match(SYMBOL, query, start)
  if (symbol !== undefined) return plain('symbol', symbol, start)
  throw new LogqlError(query, start, `syntax error: ${unknownCharacter(query, start)}`)
}

function unknownCharacter(query: string, offset: number): string {
  const character = String.fromCodePoint(query.codePointAt(offset)!)
  if (character === "'") return "unexpected ': strings stand in double quotes or backticks"
  if (character === '!') return 'unexpected !: write !=, !~ or !>'
  if (character === '&') return 'unexpected &: write and'
  if (character === '$') return 'unexpected $: variables must be replaced before the query is sent'
  return `unexpected character ${character}`
}

function plain(kind: TokenKind, text: string, start: number): Token {
  return { kind, text, value: 0, start, end: start + text.length }
}

function stringToken(query: string, start: number): Token {
  const quoted = match(STRING, query, start)
  if (quoted === undefined)
    throw new LogqlError(query, start, 'syntax error: this string has no closing quote on its line')
  const end = start + quoted.length
  if (quoted[0] === '`') return { kind: 'string', text: quoted.slice(1, -1), value: 0, start, end }
  const text = unquote(quoted.slice(1, -1), (at, reason) => {
    throw new LogqlError(query, start + 1 + at, `syntax error: ${reason}`)
  })
  return { kind: 'string', text, value: 0, start, end }
}

/** 290 years: about what 64 bits can hold. */
const DURATION_NS_MAX = 290 * 365 * 86_400e9

/** Numbers, durations and sizes begin alike; the unit tells, and `m` is minutes. */
function quantityToken(query: string, start: number): Token {
  const duration = match(DURATION, query, start)
  if (duration !== undefined) {
    const value = parseDuration(duration)!
    if (value > DURATION_NS_MAX)
      throw new LogqlError(query, start, `not a valid duration string: ${duration} is longer than 290 years`)
    return { ...plain('duration', duration, start), value }
  }
  const number = match(NUMBER, query, start)
  if (number !== undefined) return { ...plain('number', number, start), value: parseFloat64(number)! }
  const bytes = match(BYTES, query, start)
  if (bytes !== undefined) return { ...plain('bytes', bytes, start), value: parseBytes(bytes)! }
  const run = match(/[\w.µμ]+/y, query, start) ?? query[start]!
  throw new LogqlError(
    query,
    start,
    `syntax error: ${run} is no NUMBER, DURATION (5m, 1h30m) or size in BYTES (10KB, 1.5MiB)`,
  )
}
