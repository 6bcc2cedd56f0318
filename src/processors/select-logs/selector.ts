/** One requirement of a selector. `=` is `in` with one value, `!=` is `notin` with one. */
export type Requirement = {
  readonly key: string
  readonly operator: 'exists' | 'missing' | 'in' | 'notin'
  readonly values: ReadonlyArray<string>
}

export const REQUIREMENTS_MAX = 100
export const SELECTOR_LENGTH_MAX = 4096

const TOKEN = /\s*(==|!=|[=!,()]|[^\s=!,()]+|$)/y

const OPERATORS = ['=', '==', '!=', 'in', 'notin']

/**
 * Parses a label selector as Kubernetes writes it: `app=shop,tier in (front, back),!debug`. All requirements must hold.
 * The message says what is wrong, and at which column.
 */
export function parseSelector(
  text: string,
): { readonly requirements: ReadonlyArray<Requirement> } | { readonly message: string } {
  try {
    return { requirements: new SelectorParser(text).parse() }
  } catch (error) {
    if (error instanceof SelectorError) return { message: error.message }
    throw error
  }
}

class SelectorError extends Error {}

class SelectorParser {
  readonly #text: string
  #token = ''
  #start = 0
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#advance()
  }

  parse(): Requirement[] {
    const requirements = [this.#requirement()]
    while (this.#token === ',') {
      this.#advance()
      requirements.push(this.#requirement())
    }
    if (this.#token !== '') this.#fail('expected a comma or the end')
    if (requirements.length > REQUIREMENTS_MAX)
      this.#fail(`at most ${REQUIREMENTS_MAX} requirements are allowed`)
    return requirements
  }

  #requirement(): Requirement {
    if (this.#token === '!') {
      this.#advance()
      return { key: this.#word('a label'), operator: 'missing', values: [] }
    }
    const key = this.#word('a label')
    const operator = this.#token
    if (operator === '' || operator === ',') return { key, operator: 'exists', values: [] }
    if (!OPERATORS.includes(operator)) this.#fail('expected =, ==, !=, in or notin')
    this.#advance()
    if (operator === '=' || operator === '==') return { key, operator: 'in', values: [this.#value()] }
    if (operator === '!=') return { key, operator: 'notin', values: [this.#value()] }
    return { key, operator: operator === 'in' ? 'in' : 'notin', values: this.#values() }
  }

  /** `(a, b)`. */
  #values(): string[] {
    this.#expect('(')
    const values = [this.#value()]
    while (this.#token === ',') {
      this.#advance()
      values.push(this.#value())
    }
    this.#expect(')')
    return values
  }

  /** A value may be empty, as in `app=,tier=front`. */
  #value(): string {
    return this.#token === '' || this.#token === ',' || this.#token === ')' ? '' : this.#word('a value')
  }

  #word(what: string): string {
    const token = this.#token
    if (token === '' || /[=!,()]/.test(token)) this.#fail(`expected ${what}`)
    this.#advance()
    return token
  }

  #expect(token: string): void {
    if (this.#token !== token) this.#fail(`expected ${token}`)
    this.#advance()
  }

  #advance(): void {
    TOKEN.lastIndex = this.#next
    const match = TOKEN.exec(this.#text)!
    this.#token = match[1]!
    this.#next = TOKEN.lastIndex
    this.#start = this.#next - this.#token.length
  }

  #fail(message: string, at = this.#start): never {
    throw new SelectorError(`column ${at + 1}: ${message}`)
  }
}
