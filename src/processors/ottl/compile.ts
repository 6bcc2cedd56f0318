import type { Call, Key, MapLiteral, Node, Path } from './ast.ts'
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
  rememberedValue,
  stringConstant,
  valueOfTest,
} from './compiled.ts'
import { ConditionError } from './condition-error.ts'
import { findPath, knownPaths, type PathEntry } from './contexts/context.ts'
import type { Environment } from './environment.ts'
import type { Frame } from './frame.ts'
import { hint } from './hint.ts'
import { compileJunction, compileNot } from './junction.ts'
import { KIND_NAMES, Kind, type Level, Result } from './kinds.ts'
import { materialize } from './materialize.ts'
import type { Plain } from './plain.ts'
import { print } from './print.ts'

/** Turns a parsed condition into a test. Throws {@link ConditionError} for what can't be run. */
export function compileTest(environment: Environment, node: Node): CompiledTest {
  switch (node.kind) {
    case 'or':
    case 'and': {
      const parts = node.items.map((item) => compileTest(environment, item))
      return compileJunction(environment.frame, parts, node.kind === 'or' ? Result.yes : Result.no)
    }
    case 'not':
      return compileNot(compileTest(environment, node.operand))
    case 'bool':
      return constantTest(node.value)
    case 'comparison': {
      const left = compileValue(environment, node.left)
      const right = compileValue(environment, node.right)
      return compileComparison(environment.frame, left, right, operatorOf(node.operator))
    }
    case 'call':
      return callTest(environment, node)
    default:
      throw new Error(`BUG: the parser let ${node.kind} stand as a condition`)
  }
}

function callTest(environment: Environment, node: Call): CompiledTest {
  const built = compileArguments(environment, node)
  if ('test' in built) return built.test
  const kind = built.value.kind === undefined ? 'a value' : KIND_NAMES[built.value.kind]
  throw new ConditionError(
    `${node.name} gives ${kind}, which is no condition by itself: compare it`,
    node.offset,
  )
}

function compileArguments(environment: Environment, node: Call): ReturnType<typeof compileCall> {
  if (node.keys.length > 0)
    throw new ConditionError(`what ${node.name} gives can't be indexed`, node.keys[0]!.offset)
  return compileCall(environment, node, (value) => compileValue(environment, value))
}

function compileValue(environment: Environment, node: Node): CompiledValue {
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
      return environment.path(print(node), () => compilePath(environment, node))
    case 'call': {
      const built = compileArguments(environment, node)
      return 'test' in built ? valueOfTest(environment.frame, built.test) : built.value
    }
    case 'list':
      return compileContainer(environment, Kind.list, node.items, (items) => items)
    case 'map':
      return compileMap(environment, node)
    default:
      throw new ConditionError('arithmetic is not supported in conditions', node.offset)
  }
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
      throw new ConditionError(error.message, offset)
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
  const values = node.entries.map(({ value }) => value)
  return compileContainer(
    environment,
    Kind.map,
    values,
    (plain) => new Map(plain.map((value, i) => [names[i]!, value])),
  )
}

/** A list or map that is written out: a constant if all its members are, else put together for each record. */
function compileContainer(
  environment: Environment,
  kind: Kind,
  nodes: ReadonlyArray<Node>,
  join: (members: ReadonlyArray<Plain>) => Plain,
): CompiledValue {
  const { frame } = environment
  const members = nodes.map((node) => compileValue(environment, node))
  if (members.every(({ constant }) => constant)) {
    const plain = join(members.map(({ cell }) => materialize(cell, frame)))
    return constantValue((cell) => cell.setPlain(kind, plain))
  }
  const level = Math.max(...members.map((member) => member.level)) as Level
  const fallible = members.some((member) => member.fallible)
  return computedValue(frame, { level, kind, fallible }, (record, cell) => {
    const values: Plain[] = []
    for (const member of members) {
      if (!member.load(record)) return false
      values.push(materialize(member.cell, frame))
    }
    cell.setPlain(kind, join(values))
    return true
  })
}
