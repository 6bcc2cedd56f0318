import { quote } from '../../logql/unquote.ts'
import { PromqlError } from '../error.ts'
import type { Token, TokenKind } from '../lexer.ts'
import { QUERY_DEPTH_MAX } from '../limits.ts'
import { AGGREGATIONS, OPERATOR_WORDS, PLAIN_WORDS } from './words.ts'

/** The tokens of one query, and where the parser stands in them. */
export class Cursor {
  readonly query: string
  readonly tokens: ReadonlyArray<Token>
  #at = 0
  #depth = 0
  #operators = 0

  constructor(query: string, tokens: ReadonlyArray<Token>) {
    this.query = query
    this.tokens = tokens
  }

  get token(): Token {
    return this.tokens[this.#at]!
  }

  /** The token after the current one. */
  get next(): Token {
    return this.tokens[Math.min(this.#at + 1, this.tokens.length - 1)]!
  }

  /** Where the token that was taken last ends. */
  get lastEnd(): number {
    return this.#at === 0 ? 0 : this.tokens[this.#at - 1]!.end
  }

  take(): Token {
    const { token } = this
    if (token.kind !== 'end' && token.kind !== 'error') this.#at++
    return token
  }

  /** Is it this symbol, or this keyword in any case? */
  is(text: string): boolean {
    const { kind, word } = this.token
    return word === text && (kind === 'symbol' || kind === 'identifier')
  }

  accept(text: string): boolean {
    const found = this.is(text)
    if (found) this.take()
    return found
  }

  /** `context` is what is being read, as in `unexpected "}" in label matching`. */
  expect(text: string, context?: string): Token {
    return this.is(text) ? this.take() : this.unexpected(context, JSON.stringify(text))
  }

  expectKind(kind: TokenKind, context?: string, expected: string = kind): Token {
    return this.token.kind === kind ? this.take() : this.unexpected(context, expected)
  }

  /** Throws: the current token can't stand here. */
  unexpected(context?: string, expected?: string): never {
    const { kind, text, start } = this.token
    if (kind === 'error') this.fail(start, text)
    const where = context === undefined ? '' : ` in ${context}`
    const wanted = expected === undefined ? '' : `, expected ${expected}`
    this.fail(start, `unexpected ${describe(this.token)}${where}${wanted}`)
  }

  fail(offset: number, reason: string): never {
    throw new PromqlError(this.query, offset, reason)
  }

  countOperator(max: number): void {
    if (++this.#operators > max) this.fail(this.token.start, `the query has more than ${max} operators`)
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > QUERY_DEPTH_MAX)
      this.fail(this.token.start, `the query is nested more than ${QUERY_DEPTH_MAX} levels deep`)
    const result = parse()
    this.#depth--
    return result
  }
}

const OPERATORS: ReadonlySet<string> = new Set('== != =~ !~ < <= > >= + - * / % ^ @'.split(' '))

function describe({ kind, text, word }: Token): string {
  if (kind === 'end') return 'end of input'
  if (kind === 'string') return `string ${JSON.stringify(quote(shortened(text)))}`
  if (kind === 'number' || kind === 'duration') return `${kind} "${shortened(text)}"`
  if (kind === 'symbol') return OPERATORS.has(text) ? `<op:${text}>` : JSON.stringify(text)
  if (OPERATOR_WORDS.has(word)) return `<op:${word}>`
  if (AGGREGATIONS.has(word)) return `<aggr:${word}>`
  if (PLAIN_WORDS.has(word)) return `<${word}>`
  return `${text.includes(':') ? 'metric identifier' : 'identifier'} "${shortened(text)}"`
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
