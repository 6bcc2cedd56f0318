import type { Duration, DurationOp } from '../ast.ts'
import type { Cursor } from './cursor.ts'

type DurationContext = 'subquery or range selector' | 'offset'
const CONTEXT: DurationContext = 'subquery or range selector'
const EXPECTED = 'number, duration, step(), or range()'

const PRECEDENCE: ReadonlyMap<string, number> = new Map<DurationOp, number>([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
])

/** What stands in the brackets of a range: `5m`, `300`, `2m * (10 + 5)`, `step() + 1s`. */
export function parseDuration(cursor: Cursor): Duration {
  return cursor.nested(() => parseArithmetic(cursor, 1))
}

/** What follows `offset`: a signed duration, or arithmetic in parentheses. */
export function parseOffsetDuration(cursor: Cursor): Duration {
  const { start } = cursor.token
  if (!cursor.is('-') && !cursor.is('+')) return parseAtom(cursor, 'offset')
  const negative = cursor.take().text === '-'
  return signed(negative, parseAtom(cursor, 'offset'), start)
}

function signed(negative: boolean, operand: Duration, start: number): Duration {
  const { end } = operand
  if (operand.kind === 'length')
    return { kind: 'length', ms: negative ? -operand.ms : operand.ms, start, end }
  return { kind: 'sign', negative, operand, start, end }
}

function parseArithmetic(cursor: Cursor, least: number): Duration {
  let left = parseSigned(cursor)
  for (let links = 0; ; links++) {
    const { kind, text } = cursor.token
    const precedence = kind === 'symbol' ? PRECEDENCE.get(text) : undefined
    if (precedence === undefined || precedence < least) return left
    if (links > CHAIN_MAX) cursor.fail(cursor.token.start, `a duration of more than ${CHAIN_MAX} operators`)
    cursor.take()
    const right = cursor.nested(() => parseArithmetic(cursor, text === '^' ? precedence : precedence + 1))
    const op = text as DurationOp
    left = { kind: 'arithmetic', op, left, right, start: left.start, end: right.end }
  }
}

const CHAIN_MAX = 100

function parseSigned(cursor: Cursor): Duration {
  const { start } = cursor.token
  if (!cursor.is('-') && !cursor.is('+')) return parseAtom(cursor)
  const negative = cursor.take().text === '-'
  return signed(
    negative,
    cursor.nested(() => parseArithmetic(cursor, 3)),
    start,
  )
}

const FUNCTIONS: ReadonlyMap<string, 'step' | 'range' | 'least' | 'greatest'> = new Map([
  ['step', 'step'],
  ['range', 'range'],
  ['min', 'least'],
  ['min_of', 'least'],
  ['max', 'greatest'],
  ['max_of', 'greatest'],
] as const)

function parseAtom(cursor: Cursor, context: DurationContext = CONTEXT): Duration {
  const { kind, value, start, end, word } = cursor.token
  if (kind === 'duration' || kind === 'number') {
    cursor.take()
    const ms = kind === 'duration' ? value : value * 1000
    if (!(Math.abs(ms) <= MS_MAX)) cursor.fail(start, 'duration out of range')
    return { kind: 'length', ms, start, end }
  }
  if (cursor.is('(')) {
    cursor.take()
    const operand = parseDuration(cursor)
    cursor.expect(')', CONTEXT)
    return { kind: 'group', operand, start, end: cursor.lastEnd }
  }
  const func = kind === 'identifier' ? FUNCTIONS.get(word) : undefined
  if (func === undefined) return cursor.unexpected(context, EXPECTED)
  cursor.take()
  cursor.expect('(', CONTEXT)
  if (func === 'step' || func === 'range') {
    cursor.expect(')', CONTEXT)
    return { kind: func, start, end: cursor.lastEnd }
  }
  const left = parseDuration(cursor)
  cursor.expect(',', CONTEXT)
  const right = parseDuration(cursor)
  cursor.expect(')', CONTEXT)
  return { kind: func, left, right, start, end: cursor.lastEnd }
}

/** 292 years, as far as a duration in nanoseconds reaches. */
const MS_MAX = 9_223_372_036_854
