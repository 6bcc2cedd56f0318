import type { ComparisonOperator, Node } from './ast.ts'
import type { Context } from './contexts/context.ts'
import { pathsIn } from './paths.ts'
import { print } from './print.ts'

/** What a condition says, as far as can be told without a record. */
type Said = 'yes' | 'no' | 'unknown'

const upTo = (first: number, last: number): ReadonlyArray<bigint> =>
  Array.from({ length: last - first + 1 }, (_, i) => BigInt(first + i))

/** Every value that OTLP's data model knows of a path. */
const VALUES: ReadonlyMap<string, ReadonlyArray<bigint>> = new Map([
  ['log.severity_number', upTo(0, 24)],
  ['span.kind', upTo(0, 5)],
  ['span.status.code', upTo(0, 2)],
  ['metric.type', upTo(1, 5)],
])
/** Numbers that are always there and never negative. */
const NOT_NEGATIVE: ReadonlySet<string> = new Set([
  ...['log.dropped_attributes_count', 'log.flags', 'log.observed_time_unix_nano', 'log.time_unix_nano'],
  ...['span.dropped_attributes_count', 'span.dropped_events_count', 'span.dropped_links_count'],
  ...['span.start_time_unix_nano', 'span.end_time_unix_nano'],
  ...['datapoint.flags', 'datapoint.start_time_unix_nano', 'datapoint.time_unix_nano'],
])

/** Texts that are always there, if only empty. */
const TEXTS: ReadonlySet<string> = new Set([
  ...['log.body.string', 'log.event_name', 'log.severity_text', 'span.name', 'span.status.message'],
  ...['spanevent.name', 'metric.description', 'metric.name', 'metric.unit'],
  ...['resource.schema_url', 'scope.name', 'scope.schema_url', 'scope.version'],
  ...['instrumentation_scope.name', 'instrumentation_scope.schema_url', 'instrumentation_scope.version'],
])
/** Patterns that the empty text at the beginning or end of any text matches. */
const MATCH_ALL: ReadonlySet<string> = new Set([
  '',
  '^',
  '$',
  '.*',
  '^.*',
  '.*$',
  '.*?',
  '(?s).*',
  '(?s)^.*$',
])

/**
 * Whether conditions of one context are foregone: at least one of them is true whatever a record is (`always`), or none
 * can be (`never`). Told for each path with known values alone, by asking the conditions about all of them, or about those on either side
 * of the numbers that it is compared with; other parts are taken as unknown. What may fail decides nothing.
 */
export function foregone(context: Context, conditions: ReadonlyArray<Node>): 'always' | 'never' | 'varies' {
  if (conditions.some((node) => matchesAll(context, node, TEXTS))) return 'always'
  const paths = new Set(conditions.flatMap((node) => pathsIn(node).map((path) => nameOf(context, path))))
  for (const path of paths) {
    const values = VALUES.get(path) ?? (NOT_NEGATIVE.has(path) ? around(context, conditions) : [])
    if (values.length === 0) continue
    const asked = values.map((value) => conditions.map((node) => say(node, { context, path, value })))
    if (asked.every((said) => said.includes('yes'))) return 'always'
    if (asked.every((said) => said.every((one) => one === 'no'))) return 'never'
  }
  for (const path of comparedWithNil(conditions)) {
    const asked = [true, false].map((isNil) =>
      conditions.map((node) => say(node, { context, path: NO_PATH, value: 0n, nil: { path, isNil } })),
    )
    if (asked.every((said) => said.includes('yes'))) return 'always'
  }
  return 'varies'
}

const NO_PATH = '-'

/** Paths as they are written, of those that can't fail: each is nil or is not. */
function comparedWithNil(conditions: ReadonlyArray<Node>): ReadonlySet<string> {
  const paths = conditions.flatMap((node) => pathsIn(node).filter((path) => !mayFail(path)))
  return new Set(paths.map(print))
}

/** Whether the condition is true for every log that has a body, whatever that is. */
export function matchesEveryBody(context: Context, node: Node): boolean {
  return matchesAll(context, node, BODY)
}

const BODY: ReadonlySet<string> = new Set(['log.body'])

/** `IsMatch` of one of the paths with a pattern that leaves no text out. */
function matchesAll(context: Context, node: Node, paths: ReadonlySet<string>): boolean {
  if (node.kind !== 'call') return false
  const { arguments: given, keys, name } = node
  const [target, pattern] = given.map(({ value }) => value)
  if (name !== 'IsMatch' || keys.length > 0 || given.some((argument) => argument.name !== undefined))
    return false
  if (target?.kind !== 'path' || pattern?.kind !== 'string') return false
  return paths.has(nameOf(context, target)) && MATCH_ALL.has(pattern.value)
}

type Question = {
  readonly context: Context
  readonly path: string
  readonly value: bigint
  /** Instead: whether a path, as it is written, is nil. */
  readonly nil?: { readonly path: string; readonly isNil: boolean }
}

function say(node: Node, question: Question): Said {
  switch (node.kind) {
    case 'bool':
      return node.value ? 'yes' : 'no'
    case 'not':
      return opposite(say(node.operand, question))
    case 'or':
      return sayJunction(node.items, question, 'yes')
    case 'and':
      return sayJunction(node.items, question, 'no')
    case 'comparison': {
      if (question.nil !== undefined) return sayOfNil(node, question.nil)
      const left = numberOf(node.left, question)
      const right = numberOf(node.right, question)
      return left === undefined || right === undefined ? 'unknown' : compare(node.operator, left, right)
    }
    default:
      return 'unknown'
  }
}

/** From left to right, as it is evaluated: behind a part that fails nothing is asked. */
function sayJunction(items: ReadonlyArray<Node>, question: Question, deciding: 'yes' | 'no'): Said {
  let otherwise: Said = deciding === 'yes' ? 'no' : 'yes'
  for (const item of items) {
    const said = say(item, question)
    if (said === deciding) return deciding
    if (said !== 'unknown') continue
    if (mayFail(item)) return 'unknown'
    otherwise = 'unknown'
  }
  return otherwise
}

function opposite(said: Said): Said {
  if (said === 'unknown') return said
  return said === 'yes' ? 'no' : 'yes'
}

type Comparison = Extract<Node, { kind: 'comparison' }>

function sayOfNil(
  { left, operator, right }: Comparison,
  { isNil, path }: NonNullable<Question['nil']>,
): Said {
  const other = left.kind === 'nil' ? right : right.kind === 'nil' ? left : undefined
  if (other?.kind !== 'path' || print(other) !== path) return 'unknown'
  if (operator !== '==' && operator !== '!=') return 'unknown'
  return (operator === '==') === isNil ? 'yes' : 'no'
}

function compare(operator: ComparisonOperator, left: bigint, right: bigint): Said {
  const holds: Readonly<Record<ComparisonOperator, boolean>> = {
    '==': left === right,
    '!=': left !== right,
    '<': left < right,
    '<=': left <= right,
    '>': left > right,
    '>=': left >= right,
  }
  return holds[operator] ? 'yes' : 'no'
}

function numberOf(node: Node, { context, path, value }: Question): bigint | undefined {
  if (node.kind === 'path') return nameOf(context, node) === path ? value : undefined
  return literalOf(context, node)
}

function literalOf({ enums }: Context, node: Node): bigint | undefined {
  if (node.kind === 'int') return node.value
  return node.kind === 'enum' ? enums.get(node.name) : undefined
}

/** With its prefix. A path with keys is another value than the path. */
function nameOf({ own, prefix }: Context, { segments }: Extract<Node, { kind: 'path' }>): string {
  if (segments.some(({ keys }) => keys.length > 0)) return ''
  const dotted = segments.map(({ name }) => name).join('.')
  return own.has(dotted) ? `${prefix}.${dotted}` : dotted
}

/** Zero, and the numbers on either side of each that something is compared with: between them no comparison changes. */
function around(context: Context, conditions: ReadonlyArray<Node>): bigint[] {
  const numbers = conditions.flatMap((node) => literalsIn(context, node))
  return [0n, ...numbers.flatMap((number) => [number - 1n, number, number + 1n]).filter((n) => n > 0n)]
}

function literalsIn(context: Context, node: Node): bigint[] {
  switch (node.kind) {
    case 'or':
    case 'and':
      return node.items.flatMap((item) => literalsIn(context, item))
    case 'not':
      return literalsIn(context, node.operand)
    case 'comparison':
      return [node.left, node.right].flatMap((side) => literalOf(context, side) ?? [])
    default:
      return []
  }
}

/** Paths, and one key of an attribute, can always be read, and anything may be compared. */
function mayFail(node: Node): boolean {
  switch (node.kind) {
    case 'or':
    case 'and':
      return node.items.some(mayFail)
    case 'not':
      return mayFail(node.operand)
    case 'comparison':
      return mayFail(node.left) || mayFail(node.right)
    case 'path':
      return node.segments.some(({ keys }) => keys.length > 1)
    case 'call':
    case 'arithmetic':
    case 'negation':
    case 'list':
    case 'map':
      return true
    default:
      return false
  }
}
