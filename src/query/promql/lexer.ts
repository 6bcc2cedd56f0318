import { parseFloat64 } from '../logql/units.ts'
import { unquote } from '../logql/unquote.ts'
import { parseDurationMs } from './duration.ts'

export type TokenKind = 'identifier' | 'string' | 'number' | 'duration' | 'symbol' | 'end' | 'error'

export type Token = {
  readonly kind: TokenKind
  /** As written; of a string, what it means; of an error, what is wrong. */
  readonly text: string
  /** In lower case: keywords may be written in any. */
  readonly word: string
  /** Of numbers; milliseconds of durations. */
  readonly value: number
  readonly start: number
  readonly end: number
}

/** Sticky: each is tried exactly where the last token ended. */
const SPACE = /(?:[ \t\n\r]+|#[^\n\r]*)+/y
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const METRIC_NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y
const SYMBOL = /=~|==|!=|!~|<=|>=|<\/|>\/|[{}()[\],=<>+\-*/%^@:]/y
const SYMBOL_IN_BRACES = /=~|!=|!~|[=,}]/y
const STRING = /"(?:\\[^\n]|[^\\"\n])*"|'(?:\\[^\n]|[^\\'\n])*'|`[^`]*`/y
/** As far as a number or duration reaches, right or wrong. */
const QUANTITY = /0[xX][0-9A-Fa-f]*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y
const WORD_REST = /[\w.]*/y
const DURATION = /(?:\d+(?:ms|[smhdwy]))+/y

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0]
}

/** Splits a query into tokens. The last one is `end`, or an `error` where what follows is no token. */
export function tokenize(query: string): Token[] {
  return new Lexer(query).run()
}

class Lexer {
  readonly #query: string
  readonly #tokens: Token[] = []
  /** The brackets that are open, from the outside inwards. */
  readonly #open: string[] = []
  #openBrackets = 0

  constructor(query: string) {
    this.#query = query
  }

  run(): Token[] {
    const { length } = this.#query
    let offset = match(SPACE, this.#query, 0)?.length ?? 0
    while (offset < length) {
      const token = this.#next(offset)
      this.#tokens.push(token)
      if (token.kind === 'error') return this.#tokens
      this.#track(token)
      if (this.#tokens.at(-1)?.kind === 'error') return this.#tokens
      offset = token.end
      offset += match(SPACE, this.#query, offset)?.length ?? 0
    }
    this.#tokens.push(this.#end(length))
    return this.#tokens
  }

  #end(at: number): Token {
    const open = this.#open.at(-1)
    if (open === undefined) return token('end', '', at, at)
    if (open === '{') return token('error', 'unexpected end of input inside braces', at, at)
    return token('error', open === '(' ? 'unclosed left parenthesis' : 'unclosed left bracket', at, at)
  }

  /** Keeps the open brackets; what closes none is an error in place of the token. */
  #track({ kind, text, start, end }: Token): void {
    if (kind !== 'symbol') return
    if (text === '(' || text === '[' || text === '{') this.#open.push(text)
    if (text === '[') this.#openBrackets++
    if (text === ']') this.#openBrackets--
    if (text !== ')' && text !== ']' && text !== '}') return
    const opening = text === ')' ? '(' : text === ']' ? '[' : '{'
    if (this.#open.at(-1) === opening) this.#open.pop()
    else {
      const what = text === ')' ? 'right parenthesis' : text === ']' ? 'right bracket' : 'character:'
      this.#tokens[this.#tokens.length - 1] = token(
        'error',
        `unexpected ${what} '${text}'`,
        text === '}' ? start : end,
        end,
      )
    }
  }

  #next(start: number): Token {
    const query = this.#query
    const character = query[start]!
    if (character === '"' || character === "'" || character === '`') return this.#string(start)
    const open = this.#open.at(-1)
    if (open === '{') {
      const inside = match(IDENTIFIER, query, start)
      if (inside !== undefined) return token('identifier', inside, start)
      const symbol = match(SYMBOL_IN_BRACES, query, start)
      if (symbol !== undefined) return token('symbol', symbol, start)
      return token('error', `unexpected character inside braces: '${characterAt(query, start)}'`, start)
    }
    if (/[0-9]/.test(character) || /^\.[0-9]/.test(query.slice(start, start + 2)))
      return this.#quantity(start)
    // Between the brackets of a range, a colon is the one before the step.
    const name = match(this.#openBrackets > 0 ? IDENTIFIER : METRIC_NAME, query, start)
    if (name !== undefined) return token('identifier', name, start)
    const symbol = match(SYMBOL, query, start)
    if (symbol !== undefined) return token('symbol', symbol, start)
    if (character === '!') return token('error', "unexpected character after '!'", start)
    return token('error', `unexpected character: '${characterAt(query, start)}'`, start)
  }

  #string(start: number): Token {
    const quoted = match(STRING, this.#query, start)
    if (quoted === undefined) {
      const what = this.#query[start] === '`' ? 'unterminated raw string' : 'unterminated quoted string'
      return token('error', what, start)
    }
    const end = start + quoted.length
    if (quoted[0] === '`') return token('string', quoted.slice(1, -1), start, end)
    try {
      const text = unquote(
        quoted.slice(1, -1),
        (at, reason) => {
          throw new BadEscape(start + 1 + at, reason)
        },
        quoted[0] as '"' | "'",
      )
      return token('string', text, start, end)
    } catch (error) {
      if (!(error instanceof BadEscape)) throw error
      return token('error', error.message, error.offset)
    }
  }

  #quantity(start: number): Token {
    const number = match(QUANTITY, this.#query, start) ?? ''
    const whole = number + (match(WORD_REST, this.#query, start + number.length) ?? '')
    const duration = match(DURATION, this.#query, start)
    if (duration !== undefined && duration.length === whole.length) {
      const ms = parseDurationMs(duration)
      if (ms === undefined) return token('error', `not a valid duration string: "${duration}"`, start)
      return { ...token('duration', duration, start), value: ms }
    }
    const value = number === whole ? numberOf(number) : undefined
    if (value === undefined) return token('error', `bad number or duration syntax: "${whole}"`, start)
    return { ...token('number', number, start), value }
  }
}

class BadEscape extends Error {
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

function token(kind: TokenKind, text: string, start: number, end = start + text.length): Token {
  return { kind, text, word: kind === 'identifier' ? text.toLowerCase() : text, value: 0, start, end }
}

function characterAt(query: string, offset: number): string {
  return String.fromCodePoint(query.codePointAt(offset)!)
}

/** Whole numbers as Go reads them: `0x1f` is hexadecimal, `017` octal; else a float. */
function numberOf(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number(text)
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  return parseFloat64(text)
}
