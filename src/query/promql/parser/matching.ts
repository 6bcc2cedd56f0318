import type { BinaryOp, VectorMatching } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { parseLabelList } from './labels.ts'

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])
const SET_OPS: ReadonlySet<string> = new Set(['and', 'or', 'unless'])

export type BinaryModifiers = { readonly bool: boolean; readonly matching: VectorMatching | undefined }

/** What may stand between an operator and its right operand: bool, on, ignoring, group_left, group_right, fill. */
export function parseBinaryModifiers(
  cursor: Cursor,
  op: BinaryOp,
  start: number,
  at: number,
): BinaryModifiers {
  const bool = cursor.accept('bool')
  if (bool && !COMPARISONS.has(op)) cursor.fail(at, 'bool modifier can only be used on comparison operators')
  const grouped = parseGrouped(cursor, op, start, at)
  const fill = parseFill(cursor, op, start)
  if (grouped === undefined && fill === undefined) return { bool, matching: undefined }
  const none = { on: false, labels: [], group: undefined, include: [] }
  const filled = fill ?? { fillLeft: undefined, fillRight: undefined }
  return { bool, matching: { ...(grouped ?? none), ...filled } }
}

type Grouped = Pick<VectorMatching, 'on' | 'labels' | 'group' | 'include'>

function parseGrouped(cursor: Cursor, op: BinaryOp, start: number, at: number): Grouped | undefined {
  if (!cursor.is('on') && !cursor.is('ignoring')) return undefined
  const on = cursor.take().word === 'on'
  const labels = parseLabelList(cursor)
  if (!cursor.is('group_left') && !cursor.is('group_right'))
    return { on, labels, group: undefined, include: [] }
  const group = cursor.take().word === 'group_left' ? 'left' : 'right'
  const include = cursor.is('(') ? parseLabelList(cursor) : []
  if (SET_OPS.has(op)) cursor.fail(start, `no grouping allowed for "${op}" operation`)
  const both = on ? include.find((label) => labels.includes(label)) : undefined
  if (both !== undefined) cursor.fail(at, `label "${both}" must not occur in ON and GROUP clause at once`)
  return { on, labels, group, include }
}

type Fill = Pick<VectorMatching, 'fillLeft' | 'fillRight'>

const FILLS: ReadonlySet<string> = new Set(['fill', 'fill_left', 'fill_right'])

/** `fill(0)`, `fill_left(1) fill_right(2)`: only before a parenthesis, else they are names of metrics. */
function parseFill(cursor: Cursor, op: BinaryOp, at: number): Fill | undefined {
  let fill: Fill | undefined
  while (cursor.token.kind === 'identifier' && FILLS.has(cursor.token.word) && cursor.next.text === '(') {
    if (SET_OPS.has(op)) cursor.fail(at, `filling in missing series not allowed for set operators`)
    const { word, start } = cursor.take()
    cursor.take()
    const value = parseFillValue(cursor)
    cursor.expect(')', `${word} modifier`)
    const before: Fill = fill ?? { fillLeft: undefined, fillRight: undefined }
    const left: boolean = word !== 'fill_right'
    const right: boolean = word !== 'fill_left'
    if ((left && before.fillLeft !== undefined) || (right && before.fillRight !== undefined))
      cursor.fail(start, `${word} may not be set multiple times`)
    fill = { fillLeft: left ? value : before.fillLeft, fillRight: right ? value : before.fillRight }
  }
  return fill
}

function parseFillValue(cursor: Cursor): number {
  const sign = cursor.accept('-') ? -1 : 1
  if (sign === 1) cursor.accept('+')
  if (cursor.is('inf')) {
    cursor.take()
    return sign * Number.POSITIVE_INFINITY
  }
  if (cursor.accept('nan')) return Number.NaN
  const { kind, value } = cursor.token
  if (kind === 'duration') {
    cursor.take()
    return (sign * value) / 1000
  }
  return sign * cursor.expectKind('number', 'fill modifier').value
}
