import { Failed } from './reference-failed.ts'
import { calculate, call, negate } from './reference-functions.ts'

/**
 * A plain interpreter of OTTL conditions, written from the documentation and sharing no code with Weir: it
 * walks trees of its own over plain JavaScript objects, and prints them as the text that Weir gets.
 */

/** A value with its OTLP type. Bytes as hex. */
export type Value =
  | { readonly t: 'nil' }
  | { readonly t: 'bool'; readonly v: boolean }
  | { readonly t: 'int'; readonly v: bigint }
  | { readonly t: 'double'; readonly v: number }
  | { readonly t: 'string'; readonly v: string }
  | { readonly t: 'bytes'; readonly v: string }
  | { readonly t: 'list'; readonly v: ReadonlyArray<Value> }
  | { readonly t: 'map'; readonly v: ReadonlyArray<readonly [string, Value]> }
  /** Nanoseconds. */
  | { readonly t: 'time' | 'duration'; readonly v: bigint }

/** The record as the interpreter sees it: attributes by name, and fields by path. */
export type World = {
  readonly fields: Readonly<Record<string, Value>>
  readonly tables: Readonly<Record<string, ReadonlyArray<readonly [string, Value]>>>
}

export type Operand =
  | { readonly k: 'literal'; readonly value: Value }
  | { readonly k: 'field'; readonly path: string }
  | { readonly k: 'index'; readonly path: string; readonly keys: ReadonlyArray<string | number> }
  | { readonly k: 'math'; readonly op: MathOperator; readonly left: Operand; readonly right: Operand }
  | { readonly k: 'negation'; readonly of: Operand }
  | {
      readonly k: 'call'
      readonly name: string
      readonly args: ReadonlyArray<Operand>
      readonly key?: string | number
    }
  /** Written out: `[a, b]`. */
  | { readonly k: 'list'; readonly items: ReadonlyArray<Operand> }

export type Condition =
  | { readonly k: 'bool'; readonly v: boolean }
  | { readonly k: 'and' | 'or'; readonly parts: ReadonlyArray<Condition> }
  | { readonly k: 'not'; readonly part: Condition }
  | { readonly k: 'compare'; readonly op: string; readonly left: Operand; readonly right: Operand }
  | { readonly k: 'is'; readonly name: string; readonly of: Operand }
  | {
      readonly k: 'affix'
      readonly name: 'HasPrefix' | 'HasSuffix'
      readonly of: Operand
      readonly affix: string
    }

export type MathOperator = '+' | '-' | '*' | '/'

function resolve(operand: Operand, world: World): Value {
  switch (operand.k) {
    case 'math':
      return calculate(operand.op, resolve(operand.left, world), resolve(operand.right, world))
    case 'negation':
      return negate(resolve(operand.of, world))
    case 'list':
      return { t: 'list', v: operand.items.map((item) => resolve(item, world)) }
    case 'call': {
      if (operand.name === 'Coalesce') return coalesced(operand.args[0]!, world)
      const args = operand.args.map((arg) => resolve(arg, world))
      const value = call(operand.name, args)
      return operand.key === undefined ? value : item(value, operand.key)
    }
    default:
      return find(operand, world)
  }
}

/** Items behind the first that is not nil are not asked for. */
function coalesced(list: Operand, world: World): Value {
  if (list.k !== 'list') throw new Error('the generator gives Coalesce a list')
  for (const each of list.items) {
    const value = resolve(each, world)
    if (value.t !== 'nil') return value
  }
  return { t: 'nil' }
}

/** Behind a call, a missing key is an error. */
function item(value: Value, key: string | number): Value {
  const found =
    value.t === 'list' && typeof key === 'number'
      ? value.v[key]
      : value.t === 'map'
        ? value.v.find(([name]) => name === key)?.[1]
        : undefined
  if (found === undefined) throw new Failed()
  return found
}

type Found = Extract<Operand, { readonly k: 'literal' | 'field' | 'index' }>

function find(operand: Found, world: World): Value {
  if (operand.k === 'literal') return operand.value
  if (operand.k === 'field') return world.fields[operand.path]!
  const table = world.tables[operand.path]
  let value: Value = table === undefined ? world.fields[operand.path]! : { t: 'map', v: table }
  for (const key of operand.keys) {
    if (value.t === 'map') {
      if (typeof key !== 'string') throw new Failed()
      const found: readonly [string, Value] | undefined = value.v.find(([name]) => name === key)
      if (found === undefined) return { t: 'nil' }
      value = found[1]
    } else if (value.t === 'list') {
      if (typeof key !== 'number' || key < 0 || key >= value.v.length) throw new Failed()
      value = value.v[key]!
    } else throw new Failed()
  }
  return value
}

export function equal(a: Value, b: Value): boolean {
  if (a.t === 'list')
    return b.t === 'list' && a.v.length === b.v.length && a.v.every((item, i) => equal(item, b.v[i]!))
  if (a.t === 'map') {
    if (b.t !== 'map') return false
    const left = new Map(a.v)
    const right = new Map(b.v)
    return (
      left.size === right.size && [...left].every(([key, v]) => right.has(key) && equal(v, right.get(key)!))
    )
  }
  return a.t === b.t && (a.t === 'nil' || a.v === (b as { v?: unknown }).v)
}

/** -1, 0, 1, or undefined where there is no order but perhaps inequality. */
function order(a: Value, b: Value): number | undefined {
  const sign = (x: number): number => (Number.isNaN(x) ? Number.NaN : Math.sign(x))
  if (a.t === 'int' && b.t === 'int') return a.v < b.v ? -1 : a.v > b.v ? 1 : 0
  if ((a.t === 'int' || a.t === 'double') && (b.t === 'int' || b.t === 'double')) {
    const [x, y] = [Number(a.v), Number(b.v)]
    return x === y ? 0 : sign(x - y)
  }
  if (a.t === 'string' && b.t === 'string') return Buffer.compare(Buffer.from(a.v), Buffer.from(b.v))
  if (a.t === 'bytes' && b.t === 'bytes')
    return Buffer.compare(Buffer.from(a.v, 'hex'), Buffer.from(b.v, 'hex'))
  if (a.t === 'bool' && b.t === 'bool') return Number(a.v) - Number(b.v)
  if ((a.t === 'time' || a.t === 'duration') && b.t === a.t) return a.v < b.v ? -1 : a.v > b.v ? 1 : 0
  if (a.t === 'nil' && b.t === 'nil') return 0
  return undefined
}

export function compare(op: string, a: Value, b: Value): boolean {
  if ((a.t === 'list' || a.t === 'map') && a.t === b.t)
    return op === '==' ? equal(a, b) : op === '!=' ? !equal(a, b) : false
  const found = order(a, b)
  if (found === undefined) return op === '!='
  const holds: Readonly<Record<string, boolean>> = {
    '==': found === 0,
    '!=': found !== 0,
    '<': found < 0,
    '<=': found <= 0,
    '>': found > 0,
    '>=': found >= 0,
  }
  return holds[op]!
}

const IS: Readonly<Record<string, string>> = {
  IsBool: 'bool',
  IsDouble: 'double',
  IsInt: 'int',
  IsList: 'list',
  IsMap: 'map',
  IsString: 'string',
}

/** What a condition says. Throws {@link Failed}. */
export function interpret(condition: Condition, world: World): boolean {
  switch (condition.k) {
    case 'bool':
      return condition.v
    case 'and':
      return settled(condition) ?? condition.parts.every((part) => interpret(part, world))
    case 'or':
      return settled(condition) ?? condition.parts.some((part) => interpret(part, world))
    case 'not':
      return !interpret(condition.part, world)
    case 'compare':
      return compare(condition.op, resolve(condition.left, world), resolve(condition.right, world))
    case 'is':
      return resolve(condition.of, world).t === IS[condition.name]
    case 'affix': {
      const value = resolve(condition.of, world)
      if (value.t !== 'string') throw new Failed()
      return condition.name === 'HasPrefix'
        ? value.v.startsWith(condition.affix)
        : value.v.endsWith(condition.affix)
    }
  }
}

/** What literals alone say of it, also where another part fails. */
function settled(condition: Condition): boolean | undefined {
  switch (condition.k) {
    case 'bool':
      return condition.v
    case 'and':
    case 'or': {
      const parts = condition.parts.map(settled)
      const deciding = condition.k === 'or'
      if (parts.includes(deciding)) return deciding
      return parts.includes(undefined) ? undefined : !deciding
    }
    case 'not': {
      const part = settled(condition.part)
      return part === undefined ? undefined : !part
    }
    case 'compare': {
      const [left, right] = [writtenOut(condition.left), writtenOut(condition.right)]
      return left && right && compare(condition.op, left, right)
    }
    default:
      return undefined
  }
}

function writtenOut(operand: Operand): Value | undefined {
  if (operand.k === 'list') {
    const items = operand.items.map(writtenOut)
    return items.includes(undefined) ? undefined : { t: 'list', v: items as Value[] }
  }
  // Times and durations are written as calls.
  if (operand.k !== 'literal' || operand.value.t === 'time' || operand.value.t === 'duration')
    return undefined
  return operand.value
}

/** The condition as OTTL, with no more parentheses than it needs half of the time. */
export function textOf(condition: Condition, within = ''): string {
  switch (condition.k) {
    case 'bool':
      return String(condition.v)
    case 'and':
    case 'or': {
      const inner = condition.parts.map((part) => textOf(part, condition.k)).join(` ${condition.k} `)
      // and inside or needs no parentheses; everything else here does.
      const needed = within === 'not' || within === condition.k || (within === 'and' && condition.k === 'or')
      return needed ? `(${inner})` : inner
    }
    case 'not': {
      const inner = `not ${textOf(condition.part, 'not')}`
      return within === 'not' ? `(${inner})` : inner
    }
    case 'compare':
      return `${operandText(condition.left)} ${condition.op} ${operandText(condition.right)}`
    case 'is':
      return `${condition.name}(${operandText(condition.of)})`
    case 'affix':
      return `${condition.name}(${operandText(condition.of)}, ${stringText(condition.affix)})`
  }
}

function operandText(operand: Operand): string {
  if (operand.k === 'literal') return literalText(operand.value)
  if (operand.k === 'field') return operand.path
  if (operand.k === 'negation') return `-(${operandText(operand.of)})`
  if (operand.k === 'list') return `[${operand.items.map(operandText).join(', ')}]`
  if (operand.k === 'math') return mathText(operand)
  if (operand.k === 'call') {
    const key =
      operand.key === undefined
        ? ''
        : `[${typeof operand.key === 'string' ? stringText(operand.key) : operand.key}]`
    return `${operand.name}(${operand.args.map(operandText).join(', ')})${key}`
  }
  return (
    operand.path + operand.keys.map((key) => `[${typeof key === 'string' ? stringText(key) : key}]`).join('')
  )
}

/** On the left, what binds as tight needs no parentheses. */
function mathText({ left, op, right }: Extract<Operand, { readonly k: 'math' }>): string {
  const [a, b] = [operandText(left), operandText(right)]
  const bare = left.k !== 'math' || tightness(left.op) >= tightness(op)
  const second = right.k === 'math' && tightness(right.op) <= tightness(op) ? `(${b})` : b
  return `${bare ? a : `(${a})`} ${op} ${second}`
}

function tightness(op: MathOperator): number {
  return op === '*' || op === '/' ? 2 : 1
}

function literalText(value: Value): string {
  switch (value.t) {
    case 'nil':
      return 'nil'
    case 'bool':
    case 'int':
      return String(value.v)
    case 'double':
      return value.v.toFixed(6)
    case 'string':
      return stringText(value.v)
    case 'time':
      return `(Unix(0) + Duration("${value.v}ns"))`
    case 'duration':
      return `Duration("${value.v}ns")`
    case 'bytes':
      return `0x${value.v}`
    case 'list':
      return `[${value.v.map(literalText).join(',')}]`
    case 'map':
      return `{${value.v.map(([key, item]) => `${stringText(key)}:${literalText(item)}`).join(',')}}`
  }
}

function stringText(text: string): string {
  const escaped = [...text].map((c) => (c < ' ' || c > '~' || c === '"' || c === '\\' ? escapeOf(c) : c))
  return `"${escaped.join('')}"`
}

function escapeOf(character: string): string {
  return `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`
}
