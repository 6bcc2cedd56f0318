import type { Argument, ArithmeticOperator, ComparisonOperator, Key, MapEntry, Node, Segment } from './ast.ts'
import { ConditionError } from './condition-error.ts'
import { type Token, tokenize } from './lexer.ts'
import { literalOf } from './literals.ts'
import { requireCondition, requireValue } from './roles.ts'

export const CONDITION_LENGTH_MAX = 16_384
/** Nested parentheses, lists, maps, calls and keys. */
export const CONDITION_DEPTH_MAX = 64
/** Items of a list or map that is written out. */
export const CONDITION_ITEMS_MAX = 1000

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])
const PATH_SEGMENT = /^[a-z][a-z0-9_]*$/
const ENUM_NAME = /^[A-Z][A-Z0-9_]*$/

/** Parses a condition. Throws {@link ConditionError}, and nothing else, for any text. */
export function parseCondition(text: string): Node {
  if (text.length > CONDITION_LENGTH_MAX)
    throw new ConditionError(
      `the condition has ${text.length} characters; at most ${CONDITION_LENGTH_MAX} are allowed. Split it into several conditions`,
      CONDITION_LENGTH_MAX,
    )
  return new Parser(tokenize(text)).condition()
}

class Parser {
  readonly #tokens: ReadonlyArray<Token>
  #index = 0
  #depth = 0

  constructor(tokens: ReadonlyArray<Token>) {
    this.#tokens = tokens
  }

  condition(): Node {
    if (this.#atEnd()) throw new ConditionError('the condition is empty', 0)
    const node = requireCondition(this.#or())
    if (!this.#atEnd()) throw this.#unexpected('and, or, or the end of the condition')
    return node
  }

  get #next(): Token {
    return this.#tokens[this.#index]!
  }

  #atEnd(): boolean {
    return this.#next.kind === 'end'
  }

  #isOperator(text: string): boolean {
    return this.#next.kind === 'operator' && this.#next.text === text
  }

  #isWord(text: string): boolean {
    return this.#next.kind === 'name' && this.#next.text === text
  }

  #unexpected(expected: string): ConditionError {
    const { kind, text, offset } = this.#next
    const found =
      kind === 'end' ? 'the condition ends here' : `found ${kind === 'string' ? 'a string' : text}`
    return new ConditionError(`expected ${expected}, but ${found}`, offset)
  }

  #expect(operator: string, after: string): void {
    if (!this.#isOperator(operator)) throw this.#unexpected(`${operator} ${after}`)
    this.#index++
  }

  /** Recursion is bounded here, so that no input can exhaust the stack. */
  #nested<T>(parse: () => T): T {
    if (++this.#depth > CONDITION_DEPTH_MAX)
      throw new ConditionError(`nested more than ${CONDITION_DEPTH_MAX} levels deep`, this.#next.offset)
    const result = parse()
    this.#depth--
    return result
  }

  #or(): Node {
    return this.#joined('or', () => this.#joined('and', () => this.#not()))
  }

  #joined(kind: 'or' | 'and', operand: () => Node): Node {
    const first = operand()
    if (!this.#isWord(kind)) return first
    const items = [requireCondition(first)]
    while (this.#isWord(kind)) {
      this.#index++
      items.push(requireCondition(operand()))
    }
    return { kind, items, offset: first.offset }
  }

  #not(): Node {
    const { offset } = this.#next
    if (!this.#isWord('not')) return this.#comparison()
    this.#index++
    if (this.#isWord('not'))
      throw new ConditionError("not can't follow not; write not (not ...)", this.#next.offset)
    return { kind: 'not', operand: requireCondition(this.#comparison()), offset }
  }

  #comparison(): Node {
    const left = this.#sum()
    const { kind, text, offset } = this.#next
    if (kind !== 'operator' || !COMPARISONS.has(text)) {
      if (this.#isOperator('=')) throw new ConditionError('expected ==, but found =', offset)
      return left
    }
    this.#index++
    const right = requireValue(this.#sum())
    return {
      kind: 'comparison',
      operator: text as ComparisonOperator,
      left: requireValue(left),
      right,
      offset,
    }
  }

  #sum(): Node {
    return this.#chain('+', '-', () => this.#chain('*', '/', () => this.#signed()))
  }

  #chain(one: ArithmeticOperator, other: ArithmeticOperator, operand: () => Node): Node {
    let left = operand()
    while (this.#isOperator(one) || this.#isOperator(other)) {
      const { text, offset } = this.#next
      this.#index++
      const right = requireValue(operand())
      left = {
        kind: 'arithmetic',
        operator: text as ArithmeticOperator,
        left: requireValue(left),
        right,
        offset,
      }
    }
    return left
  }

  #value(): Node {
    return requireValue(this.#sum())
  }

  #signed(): Node {
    const { text, offset } = this.#next
    if (!this.#isOperator('-') && !this.#isOperator('+')) return this.#primary()
    this.#index++
    if (this.#isOperator('-') || this.#isOperator('+'))
      throw this.#unexpected('a number, a path or a function')
    const { kind } = this.#next
    if (kind === 'int' || kind === 'float') {
      const literal = literalOf(this.#next, text === '-' ? '-' : '', offset)!
      this.#index++
      return literal
    }
    const operand = requireValue(this.#primary())
    return text === '-' ? { kind: 'negation', operand, offset } : operand
  }

  #primary(): Node {
    const token = this.#next
    if (token.kind === 'name') return this.#named(token)
    const literal = literalOf(token)
    if (literal !== undefined) {
      this.#index++
      return literal
    }
    if (this.#isOperator('(')) return this.#nested(() => this.#group())
    if (this.#isOperator('[')) return this.#nested(() => this.#list())
    if (this.#isOperator('{')) return this.#nested(() => this.#map())
    throw this.#unexpected('a path, a literal, a function or a parenthesis')
  }

  #group(): Node {
    this.#index++
    const inner = this.#or()
    this.#expect(')', 'to close the parenthesis')
    return inner
  }

  #list(): Node {
    const { offset } = this.#next
    this.#index++
    const items: Node[] = []
    while (!this.#isOperator(']')) {
      if (items.length > 0) this.#expect(',', 'or ] in the list')
      this.#limit(items, offset)
      items.push(this.#value())
    }
    this.#index++
    return { kind: 'list', items, offset }
  }

  #map(): Node {
    const { offset } = this.#next
    this.#index++
    const entries: MapEntry[] = []
    while (!this.#isOperator('}')) {
      if (this.#next.kind !== 'string') throw this.#unexpected('a string as the key')
      this.#limit(entries, offset)
      const key = this.#next.text
      this.#index++
      this.#expect(':', 'after the key')
      entries.push({ key, value: this.#value() })
      // The grammar of OTTL has the commas of a map optional.
      if (this.#isOperator(',')) this.#index++
    }
    this.#index++
    return { kind: 'map', entries, offset }
  }

  #limit(items: ReadonlyArray<unknown>, offset: number): void {
    if (items.length === CONDITION_ITEMS_MAX)
      throw new ConditionError(
        `a list or map may have ${CONDITION_ITEMS_MAX} items. Split the condition into several`,
        offset,
      )
  }

  #named(token: Token): Node {
    const { text, offset } = token
    if (text === 'and' || text === 'or' || text === 'not') throw this.#unexpected('a value or a condition')
    this.#index++
    if (text === 'true' || text === 'false') return { kind: 'bool', value: text === 'true', offset }
    if (text === 'nil') return { kind: 'nil', offset }
    if (this.#isOperator('(')) return this.#call(token)
    if (/^[a-z]/.test(text)) return this.#path(token)
    if (ENUM_NAME.test(text)) return { kind: 'enum', name: text, offset }
    throw new ConditionError(
      `${text} is neither a path (lower case) nor an enum (upper case), and a function needs ( )`,
      offset,
    )
  }

  #call(name: Token): Node {
    if (!/^[A-Z]/.test(name.text))
      throw new ConditionError(
        `${name.text} can't be called in a condition: functions that give a value start with an upper-case letter`,
        name.offset,
      )
    const args = this.#nested(() => this.#arguments())
    return { kind: 'call', name: name.text, arguments: args, keys: this.#keys(), offset: name.offset }
  }

  #arguments(): Argument[] {
    this.#index++
    const args: Argument[] = []
    while (!this.#isOperator(')')) {
      if (args.length > 0) this.#expect(',', 'or ) after the argument')
      args.push(this.#argument())
    }
    this.#index++
    return args
  }

  #argument(): Argument {
    const { kind, text, offset } = this.#next
    const after = this.#tokens[this.#index + 1]
    if (kind !== 'name' || after?.kind !== 'operator' || after.text !== '=')
      return { name: undefined, value: this.#value(), offset }
    this.#index += 2
    return { name: text, value: this.#value(), offset }
  }

  #path(first: Token): Node {
    const segments: Segment[] = [this.#segment(first)]
    while (this.#isOperator('.')) {
      this.#index++
      if (this.#next.kind !== 'name') throw this.#unexpected('a field name after the dot')
      const token = this.#next
      this.#index++
      segments.push(this.#segment(token))
    }
    return { kind: 'path', segments, offset: first.offset }
  }

  #segment(token: Token): Segment {
    if (!PATH_SEGMENT.test(token.text))
      throw new ConditionError(
        `${token.text} is no field name: paths are written in lower case`,
        token.offset,
      )
    return { name: token.text, keys: this.#keys(), offset: token.offset }
  }

  #keys(): Key[] {
    const keys: Key[] = []
    while (this.#isOperator('[')) {
      const { offset } = this.#next
      keys.push({ value: this.#nested(() => this.#key()), offset })
    }
    return keys
  }

  #key(): Node {
    this.#index++
    if (this.#isOperator(']')) throw this.#unexpected('a key such as ["name"] or [0]')
    const value = this.#value()
    this.#expect(']', 'after the key')
    return value
  }
}
