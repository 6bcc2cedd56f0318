import { QUERY_DEPTH_MAX } from '../logql/limits.ts'
import { TraceqlError } from './error.ts'
import type { Token, TokenKind } from './lexer.ts'

const KIND_NAMES: Readonly<Record<TokenKind, string>> = {
  word: '',
  symbol: '',
  attribute: 'the attribute ',
  string: 'the string ',
  number: 'the number ',
  duration: 'the duration ',
  end: 'end of query',
}

/** Comparisons of a query: each is a condition on every span of the range. */
const COMPARISONS_MAX = 64

/** The tokens of one query, and where the parser stands in them. */
export class Cursor {
  readonly query: string
  readonly #tokens: ReadonlyArray<Token>
  #at = 0
  #depth = 0
  #comparisons = 0

  constructor(query: string, tokens: ReadonlyArray<Token>) {
    this.query = query
    this.#tokens = tokens
  }

  get token(): Token {
    return this.#tokens[this.#at]!
  }

  take(): Token {
    const { token } = this
    if (token.kind !== 'end') this.#at++
    return token
  }

  is(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol
  }

  accept(symbol: string): boolean {
    const found = this.is(symbol)
    if (found) this.take()
    return found
  }

  expect(symbol: string): Token {
    return this.is(symbol) ? this.take() : this.unexpected(symbol)
  }

  /** Throws: the current token can't stand here. */
  unexpected(expected: string): never {
    const { kind, text } = this.token
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
    this.fail(this.token.start, `syntax error: unexpected ${KIND_NAMES[kind]}${shown}, expecting ${expected}`)
  }

  fail(offset: number, reason: string): never {
    throw new TraceqlError(this.query, offset, reason)
  }

  countComparison(): void {
    if (++this.#comparisons > COMPARISONS_MAX)
      this.fail(this.token.start, `the query has more than ${COMPARISONS_MAX} comparisons`)
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
