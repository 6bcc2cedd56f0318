import { LogqlError } from '../error.ts'
import type { Token, TokenKind } from '../lexer.ts'
import { LIST_LENGTH_MAX, QUERY_DEPTH_MAX } from '../limits.ts'

/** Words of the grammar: an unexpected one is named as it is, another identifier by its kind too. */
const KEYWORDS: ReadonlySet<string> = new Set(
  'by without on ignoring group_left group_right bool offset and or unless unwrap json logfmt regexp pattern unpack'
    .concat(' line_format label_format decolorize drop keep ip vector label_replace')
    .split(' '),
)

/** How a kind of token is called in messages. */
const KIND_NAMES: Readonly<Record<TokenKind, string>> = {
  identifier: 'IDENTIFIER',
  string: 'STRING',
  number: 'NUMBER',
  duration: 'DURATION',
  bytes: 'BYTES',
  flag: 'FLAG',
  symbol: '',
  end: 'end of query',
}

/** The tokens of one query, and where the parser stands in them. */
export class Cursor {
  readonly query: string
  readonly tokens: ReadonlyArray<Token>
  #at = 0
  #depth = 0

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
    if (token.kind !== 'end') this.#at++
    return token
  }

  is(text: string): boolean {
    const { kind } = this.token
    return this.token.text === text && (kind === 'symbol' || kind === 'identifier')
  }

  accept(text: string): boolean {
    const found = this.is(text)
    if (found) this.take()
    return found
  }

  expect(text: string): Token {
    return this.is(text) ? this.take() : this.unexpected([text])
  }

  expectKind(kind: TokenKind): Token {
    return this.token.kind === kind ? this.take() : this.unexpected([KIND_NAMES[kind]])
  }

  /** Throws: the current token can't stand here. */
  unexpected(expected: ReadonlyArray<string>): never {
    const wanted = expected.length === 0 ? '' : `, expecting ${expected.join(' or ')}`
    throw new LogqlError(
      this.query,
      this.token.start,
      `syntax error: unexpected ${describe(this.token)}${wanted}`,
      expected,
    )
  }

  /** Throws: the syntax is right, but what it says can't be done. */
  fail(offset: number, reason: string): never {
    throw new LogqlError(this.query, offset, reason)
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > QUERY_DEPTH_MAX)
      this.fail(this.token.start, `the query is nested more than ${QUERY_DEPTH_MAX} levels deep`)
    const result = parse()
    this.#depth--
    return result
  }

  /** Items separated by commas. */
  list<T>(item: () => T): T[] {
    const items = [item()]
    while (this.accept(',')) {
      if (items.length === LIST_LENGTH_MAX)
        this.fail(this.token.start, `a list of more than ${LIST_LENGTH_MAX} items`)
      items.push(item())
    }
    return items
  }
}

function describe(token: Token): string {
  if (token.kind === 'end') return KIND_NAMES.end
  if (token.kind === 'symbol' || token.kind === 'flag' || KEYWORDS.has(token.text)) return token.text
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text
  return token.kind === 'string' ? 'STRING' : `${KIND_NAMES[token.kind]} ${text}`
}
