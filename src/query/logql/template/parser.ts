import { StageError } from '../error.ts'
import type { Command, Operand, Pipe, TemplateNode } from './ast.ts'
import { type Piece, splitTemplate, type TemplateToken } from './lexer.ts'

const DEPTH_MAX = 50

/** Reads a template. `isFunction` says which names there are. Throws {@link StageError}. */
export function parseTemplate(
  text: string,
  name: string,
  isFunction: (word: string) => boolean,
): TemplateNode[] {
  return new Parser(text, name, isFunction).parse()
}

class Parser {
  readonly #text: string
  readonly #name: string
  readonly #isFunction: (word: string) => boolean
  readonly #pieces: ReadonlyArray<Piece>
  #piece = 0
  #tokens: ReadonlyArray<TemplateToken> = []
  #at = 0
  #depth = 0
  #start = 0

  constructor(text: string, name: string, isFunction: (word: string) => boolean) {
    this.#text = text
    this.#name = name
    this.#isFunction = isFunction
    this.#pieces = splitTemplate(text)
  }

  parse(): TemplateNode[] {
    const { nodes, end } = this.#list()
    if (end !== undefined) this.#fail(`unexpected {{${end}}}`)
    return nodes
  }

  /** Nodes up to an action that ends them: `else`, `end`, or the text's end. */
  #list(): { nodes: TemplateNode[]; end: 'else' | 'end' | undefined } {
    const nodes: TemplateNode[] = []
    if (++this.#depth > DEPTH_MAX) this.#fail(`more than ${DEPTH_MAX} levels`)
    for (;;) {
      const piece = this.#pieces[this.#piece++]
      if (piece === undefined || (piece.kind === 'action' && this.#opens(piece))) {
        this.#depth--
        if (piece === undefined) return { nodes, end: undefined }
        return { nodes, end: this.#take().text as 'else' | 'end' }
      }
      nodes.push(piece.kind === 'text' ? piece : this.#action())
    }
  }

  #opens(piece: Extract<Piece, { kind: 'action' }>): boolean {
    this.#tokens = piece.tokens
    this.#at = 0
    this.#start = piece.start
    return this.#isWord('else') || this.#isWord('end')
  }

  #action(): TemplateNode {
    const word = this.#peek()?.kind === 'word' ? this.#peek()!.text : ''
    if (word === 'if' || word === 'with' || word === 'range') {
      this.#take()
      return this.#control(word)
    }
    if (word === 'break' || word === 'continue') {
      this.#take()
      this.#finish()
      return { kind: word }
    }
    if (word === 'define' || word === 'template' || word === 'block')
      this.#fail(`{{${word}}} is not supported: templates of queries have no names`)
    const pipe = this.#pipe()
    this.#finish()
    return { kind: 'action', pipe }
  }

  #control(kind: 'if' | 'with' | 'range'): TemplateNode {
    const pipe = this.#pipe()
    this.#finish()
    const { nodes: body, end } = this.#list()
    let otherwise: TemplateNode[] = []
    if (end === 'else') {
      if (this.#isWord('if') || this.#isWord('with')) {
        const next = this.#take().text as 'if' | 'with'
        return { kind, pipe, body, otherwise: [this.#control(next)] }
      }
      this.#finish()
      const rest = this.#list()
      otherwise = rest.nodes
      if (rest.end !== 'end') this.#fail(`{{end}} is missing after {{else}}`)
    } else if (end === undefined) this.#fail(`{{end}} is missing after {{${kind}}}`)
    this.#finish()
    return { kind, pipe, body, otherwise }
  }

  #pipe(): Pipe {
    const variables: string[] = []
    let assigns = false
    if (this.#declares()) {
      do variables.push(this.#take().text)
      while (this.#accept(','))
      assigns = this.#take().text === '='
    }
    const commands = [this.#command()]
    while (this.#accept('|')) commands.push(this.#command())
    return { variables, assigns, commands }
  }

  /** `$a :=`, `$a =`, `$a, $b :=` */
  #declares(): boolean {
    const [first, second, third, fourth] = this.#tokens.slice(this.#at)
    if (first?.kind !== 'variable') return false
    if (second?.text === ':=' || second?.text === '=') return true
    return (
      second?.text === ',' && third?.kind === 'variable' && (fourth?.text === ':=' || fourth?.text === '=')
    )
  }

  #command(): Command {
    const first = this.#peek()
    const operands: Operand[] = []
    while (this.#startsOperand()) operands.push(this.#operand())
    if (first === undefined || operands.length === 0) this.#fail('missing value for command')
    const source = this.#text.slice(first.start, this.#tokens[this.#at - 1]!.end)
    return { operands, column: first.start + 1, source }
  }

  #startsOperand(): boolean {
    const token = this.#peek()
    if (token === undefined) return false
    return token.kind !== 'symbol' || token.text === '(' || token.text === '.'
  }

  #operand(): Operand {
    const token = this.#take()
    if (token.kind === 'field') return { kind: 'dot', path: [token.text, ...this.#path()] }
    if (token.text === '.' && token.kind === 'symbol') return { kind: 'dot', path: [] }
    if (token.kind === 'variable') return { kind: 'variable', name: token.text, path: this.#path() }
    if (token.kind === 'literal') return { kind: 'literal', value: token.value, path: [] }
    if (token.kind === 'word') {
      if (!this.#isFunction(token.text)) this.#fail(`function "${token.text}" not defined`, token)
      return { kind: 'function', name: token.text, path: [] }
    }
    if (++this.#depth > DEPTH_MAX) this.#fail(`more than ${DEPTH_MAX} levels`)
    const pipe = this.#pipe()
    if (!this.#accept(')')) this.#fail('a closing parenthesis is missing')
    this.#depth--
    return { kind: 'pipe', pipe, path: this.#path() }
  }

  /** Fields that are glued to what stands before them. */
  #path(): string[] {
    const path: string[] = []
    while (this.#peek()?.kind === 'field' && !this.#peek()!.spaced) path.push(this.#take().text)
    return path
  }

  #peek(): TemplateToken | undefined {
    return this.#tokens[this.#at]
  }

  #take(): TemplateToken {
    return this.#tokens[this.#at++] ?? this.#fail('the action ends too early')
  }

  #isWord(text: string): boolean {
    const token = this.#peek()
    return token?.kind === 'word' && token.text === text
  }

  #accept(symbol: string): boolean {
    const token = this.#peek()
    const found = token?.kind === 'symbol' && token.text === symbol
    if (found) this.#at++
    return found
  }

  #finish(): void {
    const token = this.#peek()
    if (token !== undefined) this.#fail(`unexpected ${token.text} in action`, token)
  }

  #fail(reason: string, token?: TemplateToken): never {
    const column = (token ?? this.#peek())?.start ?? this.#start
    throw new StageError(`template: ${this.#name}:1: ${reason} (character ${column + 1})`)
  }
}
