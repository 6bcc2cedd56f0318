import { arithmeticFault, compileArithmetic, compileNegation, isNumber, negationFault } from './arithmetic.ts'
import type { Arithmetic, Call, Key, MapLiteral, Negation, Node, Path } from './ast.ts'
import { compileCall } from './call.ts'
import { operatorOf } from './compare.ts'
import { compileComparison } from './comparison.ts'
import {
  type CompiledTest,
  type CompiledValue,
  computedValue,
  constantTest,
  constantValue,
  type Fill,
  failingTest,
  foldedValue,
  remembered,
  rememberedValue,
  stringConstant,
  valueOfTest,
} from './compiled.ts'
import { AlwaysFails, ConditionError } from './condition-error.ts'
import { compileContainer } from './container.ts'
import { findPath, knownPaths, type PathEntry } from './contexts/context.ts'
import type { Environment } from './environment.ts'
import type { Frame } from './frame.ts'
import { hint } from './hint.ts'
import { compileJunction, compileNot } from './junction.ts'
import { KIND_NAMES, Kind, type Level, Result } from './kinds.ts'
import { indexed } from './lookup.ts'
import { print } from './print.ts'

/**
 * Turns a parsed condition into a test. Throws {@link ConditionError} for what can't be run. What would fail for every record becomes a test that
 * does: around it stand perhaps parts that decide without it.
 */
export function compileTest(environment: Environment, node: Node): CompiledTest {
  try {
    return compileNode(environment, node)
  } catch (error) {
    if (!(error instanceof ConditionError) || !error.alwaysFails) throw error
    environment.faults.push(error)
    return failingTest(environment.frame, error)
  }
}

function compileNode(environment: Environment, node: Node): CompiledTest {
  switch (node.kind) {
    case 'or':
    case 'and': {
      const parts = node.items.map((item) => compileTest(environment, item))
      return compileJunction(environment.frame, parts, node.kind === 'or' ? Result.yes : Result.no)
    }
    case 'not':
      return compileNot(compileTest(environment, node.operand))
    case 'bool':
      return constantTest(node.value, true)
    case 'comparison': {
      const left = compileValue(environment, node.left)
      const right = compileValue(environment, node.right)
      const test = compileComparison(environment.frame, left, right, operatorOf(node.operator))
      return isLiteral(node.left) && isLiteral(node.right) ? { ...test, isLiteral: true } : test
    }
    case 'call':
      return callTest(environment, node)
    default:
      throw new Error(`BUG: the parser let ${node.kind} stand as a condition`)
  }
}

/** Written out: no path, call or arithmetic is in it. */
function isLiteral(node: Node): boolean {
  switch (node.kind) {
    case 'string':
    case 'int':
    case 'float':
    case 'bool':
    case 'nil':
    case 'bytes':
    case 'enum':
      return true
    case 'list':
      return node.items.every(isLiteral)
    case 'map':
      return node.entries.every(({ value }) => isLiteral(value))
    default:
      return false
  }
}

function callTest(environment: Environment, node: Call): CompiledTest {
  const built = node.keys.length === 0 ? compileArguments(environment, node) : undefined
  if (built !== undefined && 'test' in built) return built.test
  const value = callValue(environment, node)
  const { cell, constant, kind, level, load } = value
  if (kind !== undefined && kind !== Kind.bool)
    throw new ConditionError(
      `${node.name} gives ${KIND_NAMES[kind]}, which is no condition by itself: compare it`,
      node.offset,
      true,
    )
  if (constant) return constantTest(cell.low !== 0)
  const { frame } = environment
  const test = (record: number): Result => {
    if (!load(record)) return Result.failed
    if (cell.kind === Kind.bool) return cell.low === 0 ? Result.no : Result.yes
    frame.failure = `${node.name} gives ${KIND_NAMES[cell.kind]}, which is no condition by itself`
    return Result.failed
  }
  return { level, fallible: value.fallible || kind === undefined, test }
}

function compileArguments(environment: Environment, node: Call): ReturnType<typeof compileCall> {
  return compileCall(environment, node, (value) => compileValue(environment, value))
}

/** What a call gives, and what the keys behind it find in that: there, unlike in a path, a missing key is an error. */
function callValue(environment: Environment, node: Call): CompiledValue {
  const { frame } = environment
  return environment.shared(print(node), () => {
    const built = compileArguments(environment, node)
    const value = 'test' in built ? valueOfTest(frame, built.test) : built.value
    const [key] = node.keys
    if (key === undefined) return remembered(frame, value)
    if (value.kind !== undefined && value.kind !== Kind.map && value.kind !== Kind.list)
      throw new ConditionError(`what ${node.name} gives can't be indexed`, key.offset, true)
    const keys = node.keys.map((each) => compileKey(environment, each))
    const level = Math.max(value.level, ...keys.map((each) => each.level)) as Level
    const fill = indexed(frame, copied(value), keys, true)
    const found = computedValue(frame, { level, kind: undefined, fallible: true }, fill)
    return remembered(frame, foldedValue(frame, found, node.offset))
  })
}

/** Indexing works in place: it needs a cell of its own. */
function copied({ cell: source, load }: CompiledValue): Fill {
  return (record, cell) => {
    if (!load(record)) return false
    cell.copyFrom(source)
    return true
  }
}

function compileValue(environment: Environment, node: Node): CompiledValue {
  const { frame } = environment
  switch (node.kind) {
    case 'string':
      return stringConstant(node.value)
    case 'int':
      return intConstant(node.value)
    case 'float':
      return constantValue((cell) => cell.setDouble(node.value))
    case 'bool':
      return constantValue((cell) => cell.setBool(node.value))
    case 'nil':
      return constantValue((cell) => cell.setNil())
    case 'bytes': {
      const bytes = Buffer.from(node.value)
      return constantValue((cell) => cell.setRange(Kind.bytes, bytes, 0, bytes.length))
    }
    case 'enum':
      return enumConstant(environment, node.name, node.offset)
    case 'path':
      return environment.shared(print(node), () => compilePath(environment, node))
    case 'call':
      return callValue(environment, node)
    case 'list':
      return compileContainer(frame, Kind.list, compileAll(environment, node.items), (items) => items)
    case 'map':
      return compileMap(environment, node)
    case 'arithmetic':
      return arithmeticValue(environment, node)
    case 'negation':
      return negationValue(environment, node)
    default:
      throw new Error(`BUG: the parser let ${node.kind} stand as a value`)
  }
}

function arithmeticValue(environment: Environment, node: Arithmetic): CompiledValue {
  const { frame } = environment
  const left = compileValue(environment, node.left)
  const right = compileValue(environment, node.right)
  const fault = arithmeticFault(node.operator, left, right)
  if (fault !== undefined) throw new ConditionError(fault, node.offset, true)
  return foldedValue(frame, compileArithmetic(frame, left, right, node.operator), node.offset)
}

function negationValue(environment: Environment, node: Negation): CompiledValue {
  const { frame } = environment
  const operand = compileValue(environment, node.operand)
  const { kind } = operand
  if (kind !== undefined && !isNumber(kind)) throw new ConditionError(negationFault(kind), node.offset, true)
  return foldedValue(frame, compileNegation(frame, operand), node.offset)
}

function compileAll(environment: Environment, nodes: ReadonlyArray<Node>): CompiledValue[] {
  return nodes.map((node) => compileValue(environment, node))
}

function intConstant(value: bigint): CompiledValue {
  return constantValue((cell) =>
    cell.setInt(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))),
  )
}

function enumConstant({ context }: Environment, name: string, offset: number): CompiledValue {
  const value = context.enums.get(name)
  if (value !== undefined) return intConstant(value)
  throw new ConditionError(`unknown enum ${name}${hint(name, context.enums.keys())}`, offset)
}

function compilePath(environment: Environment, node: Path): CompiledValue {
  const { context, frame } = environment
  const dotted = node.segments.map(({ name }) => name).join('.')
  const entry = findPath(context, dotted)
  if (entry === undefined)
    throw new ConditionError(
      `a ${context.name} has no ${dotted}${hint(dotted, knownPaths(context))}`,
      node.offset,
    )
  const inner = node.segments.slice(0, -1).find(({ keys }) => keys.length > 0)
  if (inner !== undefined)
    throw new ConditionError(`${inner.name} can't be indexed here`, inner.keys[0]!.offset)
  const { keys } = node.segments.at(-1)!
  if (keys.length === 0)
    return rememberedValue(
      frame,
      { level: entry.level, kind: entry.kind, fallible: false },
      entry.fill(frame),
    )
  if (entry.index === undefined) throw new ConditionError(`${dotted} can't be indexed`, keys[0]!.offset)
  const compiledKeys = keys.map((key) => compileKey(environment, key))
  const level = Math.max(entry.level, ...compiledKeys.map((key) => key.level)) as Level
  const fallible =
    keys.length > 1 ||
    entry.kind !== Kind.map ||
    !compiledKeys[0]!.constant ||
    compiledKeys[0]!.kind !== Kind.string
  const fill = indexFill(entry.index, frame, compiledKeys, keys[0]!.offset)
  return rememberedValue(frame, { level, kind: undefined, fallible }, fill)
}

function indexFill(
  index: NonNullable<PathEntry['index']>,
  frame: Frame,
  keys: ReadonlyArray<CompiledValue>,
  offset: number,
): Fill {
  try {
    return index(frame, keys)
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith('BUG'))
      throw new ConditionError(error.message, offset, error instanceof AlwaysFails)
    throw error
  }
}

/** A key is a string or an int, or a path or call that gives one. */
function compileKey(environment: Environment, { value }: Key): CompiledValue {
  const compiled = compileValue(environment, value)
  if (compiled.kind === undefined || compiled.kind === Kind.string || compiled.kind === Kind.int)
    return compiled
  throw new ConditionError(`a key is a string or an int, not ${KIND_NAMES[compiled.kind]}`, value.offset)
}

function compileMap(environment: Environment, node: MapLiteral): CompiledValue {
  const names = node.entries.map(({ key }) => key)
  const values = compileAll(
    environment,
    node.entries.map(({ value }) => value),
  )
  return compileContainer(
    environment.frame,
    Kind.map,
    values,
    (plain) => new Map(plain.map((value, i) => [names[i]!, value])),
  )
}
