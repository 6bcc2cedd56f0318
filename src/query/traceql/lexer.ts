import { parseDuration, parseFloat64 } from '../logql/units.ts'
import { unquote } from '../logql/unquote.ts'
import { TraceqlError } from './error.ts'

export type TokenKind = 'word' | 'attribute' | 'string' | 'number' | 'duration' | 'symbol' | 'end'

export type Token = {
  readonly kind: TokenKind
  /** As written; of a string, what it means; of an attribute, its name. */
  readonly text: string
  /** Of an attribute, what stands before its first dot. */
  readonly scope: string
  /** Of numbers; nanoseconds of durations. */
  readonly value: number
  readonly start: number
  readonly end: number
}

/** Sticky: each is tried exactly where the last token ended. */
const SPACE = /(?:\s+|\/\/[^\n]*)+/y
const SCOPED = /[A-Za-z]*\./y
/** A piece of an attribute's name: plain or in quotes. */
const NAME_PIECE = /"((?:\\.|[^\\"\n])*)"|[^\s{}()=~!<>&|^,"`*+]+/y
/** `trace:rootName` is one word. */
const WORD = /[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z]+)?/y
const SYMBOL = /&&|\|\||!=|!~|=~|>=|<=|!>>|!<<|>>|<<|!>|!<|[{}()=<>|!~&+\-*/%^,]/y
const STRING = /"(?:\\.|[^\\"\n])*"|`[^`]*`/y
const DURATION = /-?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+(?![\w.])/y
const NUMBER = /-?(?:\d+\.?\d*)(?:[eE][-+]?\d+)?(?![\w.])/y

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text) ?? undefined
}

/** Splits a query into tokens; the last one is `end`. Throws {@link TraceqlError}. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  const skip = (offset: number): number => offset + (match(SPACE, query, offset)?.[0].length ?? 0)
  let offset = skip(0)
  while (offset < query.length) {
    const token = nextToken(query, offset)
    tokens.push(token)
    offset = skip(token.end)
  }
  tokens.push(token('end', '', query.length, query.length))
  return tokens
}

function token(kind: TokenKind, text: string, start: number, end = start + text.length): Token {
  return { kind, text, scope: '', value: 0, start, end }
}

function nextToken(query: string, start: number): Token {
  const character = query[start]!
  if (character === '"' || character === '`') return stringToken(query, start)
  if (/[0-9]/.test(character) || /^-[0-9]/.test(query.slice(start, start + 2)))
    return quantityToken(query, start)
  const scope = match(SCOPED, query, start)?.[0]
  if (scope !== undefined) return attributeToken(query, start, scope)
  const word = match(WORD, query, start)?.[0]
  if (word !== undefined) return token('word', word, start)
  const symbol = match(SYMBOL, query, start)?.[0]
  if (symbol !== undefined) return token('symbol', symbol, start)
  throw new TraceqlError(query, start, `syntax error: ${unknownCharacter(query, start)}`)
}

function unknownCharacter(query: string, offset: number): string {
  const character = String.fromCodePoint(query.codePointAt(offset)!)
  if (character === "'") return "unexpected ': strings stand in double quotes or backticks"
  if (character === '$') return 'unexpected $: variables must be replaced before the query is sent'
  return `unexpected character ${character}`
}

function unquoted(query: string, start: number, body: string): string {
  return unquote(body, (at, reason) => {
    throw new TraceqlError(query, start + at, `syntax error: ${reason}`)
  })
}

function stringToken(query: string, start: number): Token {
  const quoted = match(STRING, query, start)?.[0]
  if (quoted === undefined)
    throw new TraceqlError(query, start, 'syntax error: this string has no closing quote on its line')
  const body = quoted.slice(1, -1)
  const text = quoted[0] === '`' ? body : unquoted(query, start + 1, body)
  return token('string', text, start, start + quoted.length)
}

function quantityToken(query: string, start: number): Token {
  const duration = match(DURATION, query, start)?.[0]
  if (duration !== undefined)
    return { ...token('duration', duration, start), value: parseDuration(duration)! }
  const number = match(NUMBER, query, start)?.[0]
  if (number !== undefined) return { ...token('number', number, start), value: parseFloat64(number)! }
  const run = match(/-?[\w.µμ]+/y, query, start)?.[0] ?? query[start]!
  throw new TraceqlError(
    query,
    start,
    `syntax error: ${run} is no number and no duration (100ms, 1.5s, 1h30m); texts stand in double quotes`,
  )
}

/** `span.http.route`, `.a`, `resource."with space".rest`. */
function attributeToken(query: string, start: number, scope: string): Token {
  let end = start + scope.length
  let text = ''
  for (;;) {
    const piece = match(NAME_PIECE, query, end)
    if (piece === undefined) break
    text += piece[1] === undefined ? piece[0] : unquoted(query, end + 1, piece[1])
    end += piece[0].length
  }
  if (text === '') throw new TraceqlError(query, start, `syntax error: ${scope} names no attribute`)
  return { ...token('attribute', text, start, end), scope: scope.slice(0, -1) }
}
