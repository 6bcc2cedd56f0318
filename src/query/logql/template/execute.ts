import type { Command, Operand, Pipe, TemplateNode } from './ast.ts'
import { TemplateError } from './error.ts'
import type { ParameterKind, TemplateContext, TemplateFunction } from './functions/function.ts'
import { FUNCTIONS } from './functions/index.ts'
import { TEXT_LENGTH_MAX } from './functions/strings.ts'
import { isList, isMap, isTrue, printValue, type TemplateValue, typeName } from './value.ts'

/** Nodes and calls of one rendering. */
const STEPS_MAX = 100_000

class Scope {
  readonly #outer: Scope | undefined
  readonly #values = new Map<string, TemplateValue>()

  constructor(outer: Scope | undefined) {
    this.#outer = outer
  }

  get(name: string): TemplateValue | undefined {
    return this.#values.get(name) ?? this.#outer?.get(name)
  }

  declare(name: string, value: TemplateValue): void {
    this.#values.set(name, value)
  }

  assign(name: string, value: TemplateValue): void {
    if (this.#values.has(name) || this.#outer === undefined) this.#values.set(name, value)
    else this.#outer.assign(name, value)
  }
}

type Flow = 'go' | 'break' | 'continue'

/** Carries out one template for one record. */
export class Execution {
  readonly #name: string
  readonly #context: TemplateContext
  #out = ''
  #steps = 0

  constructor(name: string, context: TemplateContext) {
    this.#name = name
    this.#context = context
  }

  /** Throws {@link TemplateError}. */
  render(nodes: ReadonlyArray<TemplateNode>, data: TemplateValue): string {
    const scope = new Scope(undefined)
    scope.declare('$', data)
    this.#nodes(nodes, data, scope)
    return this.#out
  }

  #nodes(nodes: ReadonlyArray<TemplateNode>, dot: TemplateValue, scope: Scope): Flow {
    for (const node of nodes) {
      this.#step()
      const flow = this.#node(node, dot, scope)
      if (flow !== 'go') return flow
    }
    return 'go'
  }

  #node(node: TemplateNode, dot: TemplateValue, scope: Scope): Flow {
    switch (node.kind) {
      case 'text':
        this.#write(node.text)
        return 'go'
      case 'action': {
        const value = this.#pipe(node.pipe, dot, scope)
        if (node.pipe.variables.length === 0) this.#write(printValue(value))
        return 'go'
      }
      case 'break':
      case 'continue':
        return node.kind
      case 'range':
        return this.#range(node, dot, scope)
      default: {
        const inner = new Scope(scope)
        const value = this.#pipe(node.pipe, dot, inner)
        const chosen = isTrue(value) ? node.body : node.otherwise
        return this.#nodes(chosen, node.kind === 'with' && isTrue(value) ? value : dot, inner)
      }
    }
  }

  #range(
    node: Extract<TemplateNode, { kind: 'if' | 'with' | 'range' }>,
    dot: TemplateValue,
    scope: Scope,
  ): Flow {
    const value = this.#pipe({ ...node.pipe, variables: [] }, dot, scope)
    const entries = this.#entries(value)
    if (entries.length === 0) return this.#nodes(node.otherwise, dot, scope)
    const [first, second] = node.pipe.variables
    for (const [key, item] of entries) {
      this.#step()
      const inner = new Scope(scope)
      if (second !== undefined) {
        inner.declare(first!, key)
        inner.declare(second, item)
      } else if (first !== undefined) inner.declare(first, item)
      if (this.#nodes(node.body, item, inner) === 'break') break
    }
    return 'go'
  }

  #entries(value: TemplateValue): Array<readonly [TemplateValue, TemplateValue]> {
    if (value === null || value === '') return []
    if (isList(value)) return value.map((item, i) => [BigInt(i), item])
    if (isMap(value)) return [...value].sort(([a], [b]) => (a < b ? -1 : 1))
    if (typeof value === 'bigint' && value <= BigInt(STEPS_MAX))
      return Array.from({ length: Math.max(0, Number(value)) }, (_, i) => [BigInt(i), BigInt(i)])
    throw new TemplateError(`range can't iterate over ${printValue(value)}`)
  }

  #pipe(pipe: Pipe, dot: TemplateValue, scope: Scope): TemplateValue {
    let value: TemplateValue | undefined
    for (const command of pipe.commands)
      value = this.#placed(command, () => this.#command(command, dot, scope, value))
    for (const name of pipe.variables) {
      if (pipe.assigns) scope.assign(name, value!)
      else scope.declare(name, value!)
    }
    return value!
  }

  /** Failures get the place of the innermost command. */
  #placed<T>({ column, source }: Command, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof TemplateError) || error.message.startsWith('template: ')) throw error
      throw new TemplateError(
        `template: ${this.#name}:1:${column}: executing "${this.#name}" at <${source}>: ${error.message}`,
      )
    }
  }

  /** `final` is what the command before it in the pipe gave: its last argument. */
  #command(
    command: Command,
    dot: TemplateValue,
    scope: Scope,
    final: TemplateValue | undefined,
  ): TemplateValue {
    this.#step()
    const [head, ...rest] = command.operands
    if (head!.kind !== 'function') {
      if (rest.length > 0 || final !== undefined)
        throw new TemplateError(`can't give argument to non-function ${command.source}`)
      return this.#operand(head!, dot, scope)
    }
    const name = head!.name
    if (name === 'and' || name === 'or') return this.#decide(name, rest, dot, scope, final)
    const args = rest.map((operand) => this.#operand(operand, dot, scope))
    if (final !== undefined) args.push(final)
    return call(name, args, this.#context)
  }

  #decide(
    name: 'and' | 'or',
    operands: ReadonlyArray<Operand>,
    dot: TemplateValue,
    scope: Scope,
    final: TemplateValue | undefined,
  ): TemplateValue {
    let value: TemplateValue | undefined
    for (const operand of operands) {
      value = this.#operand(operand, dot, scope)
      if (isTrue(value) === (name === 'or')) return value
    }
    const last = final ?? value
    if (last === undefined) throw new TemplateError(`wrong number of args for ${name}: want at least 1 got 0`)
    return last
  }

  #operand(operand: Operand, dot: TemplateValue, scope: Scope): TemplateValue {
    switch (operand.kind) {
      case 'literal':
        return operand.value
      case 'dot':
        return follow(dot, operand.path, dot === scope.get('$'))
      case 'variable': {
        const value = scope.get(operand.name)
        if (value === undefined) throw new TemplateError(`undefined variable "${operand.name}"`)
        return follow(value, operand.path, operand.name === '$')
      }
      case 'pipe':
        return follow(this.#pipe(operand.pipe, dot, new Scope(scope)), operand.path, false)
      case 'function':
        this.#step()
        return call(operand.name, [], this.#context)
    }
  }

  #write(text: string): void {
    this.#out += text
    if (this.#out.length > TEXT_LENGTH_MAX)
      throw new TemplateError(`the template writes more than ${TEXT_LENGTH_MAX} characters`)
  }

  #step(): void {
    if (++this.#steps > STEPS_MAX) throw new TemplateError(`the template takes more than ${STEPS_MAX} steps`)
  }
}

/** Fields of fields. A label that is missing is empty, a field of a document that is missing is nil. */
function follow(start: TemplateValue, path: ReadonlyArray<string>, labels: boolean): TemplateValue {
  let value = start
  path.forEach((name, i) => {
    if (value === null) throw new TemplateError(`nil pointer evaluating interface {}.${name}`)
    if (!isMap(value)) throw new TemplateError(`can't evaluate field ${name} in type ${typeName(value)}`)
    value = value.get(name) ?? (labels && i === 0 ? '' : null)
  })
  return value
}

function call(name: string, args: ReadonlyArray<TemplateValue>, context: TemplateContext): TemplateValue {
  const target = FUNCTIONS.get(name)!
  checkCount(name, target, args.length)
  const checked = args.map((value, i) => checkKind(value, target.parameters[i] ?? target.rest ?? 'any'))
  try {
    return target.call(checked, context)
  } catch (error) {
    if (!(error instanceof TemplateError) || error.message.startsWith('template: ')) throw error
    throw new TemplateError(`error calling ${name}: ${error.message}`)
  }
}

function checkCount(name: string, { parameters, rest, required }: TemplateFunction, given: number): void {
  const least = required ?? parameters.length
  if (given >= least && (rest !== undefined || given <= parameters.length)) return
  const want = rest !== undefined || least < parameters.length ? `at least ${least}` : String(least)
  throw new TemplateError(`wrong number of args for ${name}: want ${want} got ${given}`)
}

function checkKind(value: TemplateValue, kind: ParameterKind): TemplateValue {
  if (kind === 'any' || (kind === 'string' && typeof value === 'string')) return value
  if (kind === 'int' && typeof value === 'bigint') return value
  if (kind === 'int' && typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  throw new TemplateError(`wrong type for value; expected ${kind}; got ${typeName(value)}`)
}
