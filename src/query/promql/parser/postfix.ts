import type { AtModifier, Duration, Expr, Extension, Modifiers, VectorSelector } from '../ast.ts'
import { typeOf } from '../types.ts'
import type { Cursor } from './cursor.ts'
import { parseDuration, parseOffsetDuration } from './duration.ts'
import { NO_MODIFIERS } from './selector.ts'

/** What follows an operand: `[5m]`, `[1h:5m]`, `offset 5m`, `@ 1609746000`, `anchored`, `smoothed`; any number of them. */
export function parsePostfix(cursor: Cursor, primary: Expr): Expr {
  let expr = primary
  for (let links = 0; ; links++) {
    if (links > CHAIN_MAX) cursor.fail(cursor.token.start, `more than ${CHAIN_MAX} modifiers of one operand`)
    if (cursor.is('[')) expr = parseBrackets(cursor, expr)
    else if (cursor.is('offset')) expr = parseOffset(cursor, expr)
    else if (cursor.is('@')) expr = parseAt(cursor, expr)
    else if (cursor.is('anchored') || cursor.is('smoothed')) expr = parseExtension(cursor, expr)
    else return expr
  }
}

const CHAIN_MAX = 100

function parseBrackets(cursor: Cursor, operand: Expr): Expr {
  const { start: bracket } = cursor.take()
  const range = parseDuration(cursor)
  if (cursor.accept(':')) {
    const step = cursor.is(']') ? undefined : parseDuration(cursor)
    cursor.expect(']', 'subquery selector')
    const type = typeOf(operand)
    if (type !== 'vector')
      cursor.fail(operand.start, `subquery is only allowed on instant vector, got ${type} instead`)
    const { start } = operand
    return { kind: 'subquery', operand, range, step, modifiers: NO_MODIFIERS, start, end: cursor.lastEnd }
  }
  cursor.expect(']', 'subquery or range selector')
  if (operand.kind !== 'selector') cursor.fail(bracket, 'ranges only allowed for vector selectors')
  if (operand.modifiers.offset !== undefined) cursor.fail(bracket, 'no offset modifiers allowed before range')
  if (operand.modifiers.at !== undefined) cursor.fail(bracket, 'no @ modifiers allowed before range')
  if (operand.extension !== undefined)
    cursor.fail(bracket, `no ${operand.extension} modifiers allowed before range`)
  return { kind: 'matrix', selector: operand, range, start: operand.start, end: cursor.lastEnd }
}

/** The expression with its modifiers changed; undefined if it is none that has them. */
function modified(expr: Expr, end: number, change: (modifiers: Modifiers) => Modifiers): Expr | undefined {
  switch (expr.kind) {
    case 'selector':
    case 'subquery':
      return { ...expr, modifiers: change(expr.modifiers), end }
    case 'matrix':
      return { ...expr, selector: modifiedSelector(expr.selector, change), end }
    default:
      return undefined
  }
}

function modifiedSelector(
  selector: VectorSelector,
  change: (modifiers: Modifiers) => Modifiers,
): VectorSelector {
  return { ...selector, modifiers: change(selector.modifiers) }
}

const WHAT_IS_MODIFIED = 'an instant vector selector or range vector selector or a subquery'

function parseOffset(cursor: Cursor, expr: Expr): Expr {
  cursor.take()
  const offset: Duration = parseOffsetDuration(cursor)
  const result = modified(expr, cursor.lastEnd, (modifiers) => {
    if (modifiers.offset !== undefined) cursor.fail(expr.start, 'offset may not be set multiple times')
    return { ...modifiers, offset }
  })
  return result ?? cursor.fail(expr.start, `offset modifier must be preceded by ${WHAT_IS_MODIFIED}`)
}

function parseAt(cursor: Cursor, expr: Expr): Expr {
  const { start } = cursor.take()
  const at = parseInstant(cursor, start)
  const result = modified(expr, cursor.lastEnd, (modifiers) => {
    if (modifiers.at !== undefined) cursor.fail(expr.start, '@ <timestamp> may not be set multiple times')
    return { ...modifiers, at }
  })
  return result ?? cursor.fail(expr.start, `@ modifier must be preceded by ${WHAT_IS_MODIFIED}`)
}

/** As far as a time in milliseconds is exact. */
const TIME_MAX_MS = Number.MAX_SAFE_INTEGER

function parseInstant(cursor: Cursor, start: number): AtModifier {
  if (cursor.is('start') || cursor.is('end')) {
    const kind = cursor.take().word === 'start' ? 'start' : 'end'
    cursor.expect('(', '@')
    cursor.expect(')', '@')
    return { kind, start, end: cursor.lastEnd }
  }
  const negative = cursor.accept('-')
  if (!negative) cursor.accept('+')
  const { kind, value, word } = cursor.token
  if (word === 'inf' || word === 'nan')
    cursor.fail(start, `timestamp out of bounds for @ modifier: ${negative ? '-' : ''}${word}`)
  if (kind !== 'number' && kind !== 'duration') cursor.unexpected('@', 'timestamp')
  cursor.take()
  const ms = Math.round(kind === 'duration' ? value : value * 1000) * (negative ? -1 : 1)
  if (Math.abs(ms) > TIME_MAX_MS) cursor.fail(start, `timestamp out of bounds for @ modifier: ${value}`)
  return { kind: 'time', timeMs: ms, start, end: cursor.lastEnd }
}

function parseExtension(cursor: Cursor, expr: Expr): Expr {
  const { word } = cursor.take()
  const extension: Extension = word === 'anchored' ? 'anchored' : 'smoothed'
  const selector = expr.kind === 'matrix' ? expr.selector : expr
  if (selector.kind !== 'selector')
    return cursor.fail(
      expr.start,
      `${extension} modifier must be preceded by an instant vector selector or range vector selector`,
    )
  if (selector.extension !== undefined)
    cursor.fail(expr.start, 'anchored and smoothed modifiers cannot be used together, or twice')
  if (expr.kind === 'matrix') return { ...expr, selector: { ...selector, extension }, end: cursor.lastEnd }
  if (extension === 'anchored')
    cursor.fail(expr.start, 'anchored modifier can only be used with range vectors')
  return { ...selector, extension, end: cursor.lastEnd }
}
