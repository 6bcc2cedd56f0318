import { StageError } from '../logql/error.ts'
import { compileRegex } from '../logql/regex.ts'
import { isPortableRegex } from '../loki/execute/pushdown/regex.ts'
import type { Comparison, Expr, Field, Op, Scope, Value } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { INTRINSICS, UNSEARCHED, VALUE_OF, WORD_VALUES } from './fields.ts'

const OPS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', '=~', '!~'])
/** The same comparison from the other side. */
const FLIPPED: Readonly<Record<string, Op>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
const EQUALITY: ReadonlySet<Op> = new Set(['=', '!='])

/** `field op value`, `value op field`, `true`, or an attribute alone, which then is to be true. */
export function parseComparison(cursor: Cursor): Expr {
  cursor.countComparison()
  const { start } = cursor.token
  const first = parseValue(cursor)
  if (first !== undefined) {
    if (!isOp(cursor) && first.kind === 'boolean') return { kind: 'constant', value: first.value }
    const op = takeOp(cursor)
    if (op === '=~' || op === '!~')
      cursor.fail(start, 'a regular expression stands on the right of =~ and !~')
    const field = parseField(cursor)
    return checked(cursor, { kind: 'comparison', field, op: FLIPPED[op] ?? op, value: first }, start)
  }
  const field = parseField(cursor)
  refuseArithmetic(cursor)
  if (!isOp(cursor) && field.kind === 'attribute')
    return { kind: 'comparison', field, op: '=', value: { kind: 'boolean', value: true } }
  const op = takeOp(cursor)
  const valueStart = cursor.token.start
  const value = parseValue(cursor)
  if (value === undefined) refuseOperand(cursor)
  refuseArithmetic(cursor)
  return checked(cursor, { kind: 'comparison', field, op, value }, valueStart)
}

function isOp(cursor: Cursor): boolean {
  return cursor.token.kind === 'symbol' && OPS.has(cursor.token.text)
}

function takeOp(cursor: Cursor): Op {
  if (isOp(cursor)) return cursor.take().text as Op
  return cursor.unexpected('a comparison (=, !=, <, <=, >, >=, =~, !~)')
}

function refuseArithmetic(cursor: Cursor): void {
  const { kind, text, start } = cursor.token
  if (kind === 'symbol' && /^[-+*/%^]$/.test(text))
    cursor.fail(start, `arithmetic (${text}) is not run in a search: compare a field with a value`)
}

function refuseOperand(cursor: Cursor): never {
  refuseArithmetic(cursor)
  const { kind, start } = cursor.token
  if (kind === 'attribute' || kind === 'word')
    cursor.fail(
      start,
      'a field is compared with a value here: fields can not be compared with each other, and texts stand in double quotes',
    )
  return cursor.unexpected('a value such as "text", 500, 100ms, error or true')
}

function parseValue(cursor: Cursor): Value | undefined {
  const { kind, text, value } = cursor.token
  const made: Value | undefined =
    kind === 'string'
      ? { kind, text }
      : kind === 'number'
        ? { kind, text, value }
        : kind === 'duration'
          ? { kind, ns: value }
          : kind === 'word'
            ? WORD_VALUES.get(text)
            : undefined
  if (made !== undefined) cursor.take()
  return made
}

const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ['', 'any'],
  ['span', 'span'],
  ['resource', 'resource'],
])

/** Throws where the scope or the word is not searched. */
export function parseField(cursor: Cursor): Field {
  const { kind, text, scope, start } = cursor.token
  if (kind === 'attribute') {
    const known = SCOPES.get(scope)
    if (known === undefined)
      cursor.fail(
        start,
        `attributes of ${scope} are not searched: write span., resource. or a dot alone before the name`,
      )
    cursor.take()
    return { kind: 'attribute', scope: known, name: text }
  }
  if (kind !== 'word')
    cursor.unexpected('a field such as .http.route, resource.service.name, name or duration')
  const name = INTRINSICS.get(text)
  if (name === undefined)
    cursor.fail(
      start,
      UNSEARCHED.has(text)
        ? `${text} is not searched: ask for attributes, name, status, kind, duration, rootName, rootServiceName or traceDuration`
        : `${text} is no field: attributes begin with a dot (.${text}), texts stand in double quotes`,
    )
  cursor.take()
  return { kind: 'intrinsic', name }
}

const VALUE_NAMES: Readonly<Record<Value['kind'], string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  duration: 'a duration such as 100ms',
  boolean: 'true or false',
  status: 'error, ok or unset',
  spanKind: 'server, client, producer, consumer, internal or unspecified',
  nil: 'nil',
  anyText: 'a text',
}

/** Throws where the comparison makes no sense; `at` is where its value stands. */
function checked(cursor: Cursor, comparison: Comparison, at: number): Comparison {
  const { field, op, value } = comparison
  const fail = (reason: string): never => cursor.fail(at, reason)
  if (value.kind === 'nil' && (field.kind === 'intrinsic' || !EQUALITY.has(op)))
    fail('nil says that an attribute is absent: compare an attribute with it, by = or !=')
  if (field.kind === 'intrinsic') checkIntrinsic(field.name, op, value, fail)
  if (op === '=~' || op === '!~') checkPattern(value, fail)
  else if (!EQUALITY.has(op) && ['boolean', 'status', 'spanKind'].includes(value.kind))
    fail(`${op} orders numbers, durations and texts only: use = or !=`)
  if (field.kind === 'attribute' && (value.kind === 'status' || value.kind === 'spanKind'))
    fail('words such as error and server are values of status and kind: texts stand in double quotes')
  return comparison
}

function checkIntrinsic(
  name: Extract<Field, { kind: 'intrinsic' }>['name'],
  op: Op,
  value: Value,
  fail: (reason: string) => never,
): void {
  if (value.kind !== VALUE_OF[name]) fail(`${name} is compared with ${VALUE_NAMES[VALUE_OF[name]]}`)
  if ((name === 'traceId' || name === 'spanId') && !EQUALITY.has(op))
    fail('ids are compared by = and != only')
  if (
    name === 'nestedSetParent' &&
    !(value.kind === 'number' && value.value === 0 && (op === '<' || op === '>='))
  )
    fail('of nestedSetParent only < 0 (the span is a root) and >= 0 (it has a parent) are known')
}

/** A regular expression is a match of the whole text, as Go reads it. */
function checkPattern(value: Value, fail: (reason: string) => never): void {
  if (value.kind !== 'string') fail('a regular expression is a text in double quotes')
  else {
    try {
      compileRegex(`^(?:${value.text})$`)
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      fail(error.message)
    }
    // Letters beyond ASCII stand for themselves, unless case is folded: then tables of Unicode versions decide.
    const plain = value.text.includes('(?i') ? value.text : value.text.replace(/[^\p{ASCII}]/gu, 'x')
    if (!isPortableRegex(plain))
      fail(
        'this regular expression is too special to search by: keep to literals, classes, |, *, +, ?, {n} up to 50 and (?i) over ASCII',
      )
  }
}
