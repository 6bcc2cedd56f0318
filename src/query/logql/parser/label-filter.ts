import type { CompareOp, LabelFilter, LabelFilterStage } from '../ast.ts'
import type { Token } from '../lexer.ts'
import { LIST_LENGTH_MAX } from '../limits.ts'
import type { Cursor } from './cursor.ts'
import { isMatchOp } from './selector.ts'

const COMPARE_OPS: ReadonlyMap<string, CompareOp> = new Map([
  ['=', '=='],
  ['==', '=='],
  ['!=', '!='],
  ['>', '>'],
  ['>=', '>='],
  ['<', '<'],
  ['<=', '<='],
])
const ALL_OPS = ['=', '==', '!=', '=~', '!~', '>', '>=', '<', '<=']

/** Is the next token an operator that a label's name can stand before? */
export function startsLabelFilter(cursor: Cursor): boolean {
  if (cursor.is('(')) return true
  const { text, kind } = cursor.next
  return cursor.token.kind === 'identifier' && kind === 'symbol' && (COMPARE_OPS.has(text) || isMatchOp(text))
}

export function parseLabelFilterStage(cursor: Cursor, start: number): LabelFilterStage {
  const filter = parseLabelFilter(cursor)
  return { kind: 'label-filter', filter, start, end: cursor.lastEnd }
}

/** `and`, a comma and mere juxtaposition bind alike, and tighter than `or`. */
function parseLabelFilter(cursor: Cursor): LabelFilter {
  const { start } = cursor.token
  let left = parseConjunction(cursor)
  for (let count = 1; cursor.accept('or'); count++) {
    checkCount(cursor, count)
    left = join(cursor, 'or', start, left, parseConjunction(cursor))
  }
  return left
}

function parseConjunction(cursor: Cursor): LabelFilter {
  const { start } = cursor.token
  let left = parsePredicate(cursor)
  for (let count = 1; cursor.accept('and') || cursor.accept(',') || startsLabelFilter(cursor); count++) {
    checkCount(cursor, count)
    left = join(cursor, 'and', start, left, parsePredicate(cursor))
  }
  return left
}

/** Each predicate that is joined is a level of the tree. */
function checkCount(cursor: Cursor, count: number): void {
  if (count >= LIST_LENGTH_MAX)
    cursor.fail(cursor.token.start, `a label filter of more than ${LIST_LENGTH_MAX} predicates`)
}

/** Places include the parentheses around the operands. */
function join(
  cursor: Cursor,
  kind: 'and' | 'or',
  start: number,
  left: LabelFilter,
  right: LabelFilter,
): LabelFilter {
  return { kind, left, right, start, end: cursor.lastEnd }
}

function parsePredicate(cursor: Cursor): LabelFilter {
  if (cursor.accept('(')) {
    const inner = cursor.nested(() => parseLabelFilter(cursor))
    cursor.expect(')')
    return inner
  }
  if (cursor.token.kind !== 'identifier') cursor.unexpected(['IDENTIFIER', '('])
  const name = cursor.take()
  const op = cursor.token
  if (op.kind !== 'symbol' || (!COMPARE_OPS.has(op.text) && !isMatchOp(op.text))) cursor.unexpected(ALL_OPS)
  cursor.take()
  return parseOperand(cursor, name, op)
}

function parseOperand(cursor: Cursor, name: Token, op: Token): LabelFilter {
  const { token } = cursor
  const compare = COMPARE_OPS.get(op.text)
  if (isMatchOp(op.text) && token.kind === 'string') {
    const { text, end } = cursor.take()
    return { kind: 'matcher', name: name.text, op: op.text, value: text, start: name.start, end }
  }
  if ((op.text === '=' || op.text === '!=') && cursor.is('ip') && cursor.next.text === '(') {
    const pattern = parseIp(cursor)
    const span = { start: name.start, end: cursor.lastEnd }
    return { kind: 'ip', name: name.text, op: op.text, pattern, ...span }
  }
  if (compare === undefined) return cursor.unexpected(['STRING'])
  const negative = cursor.accept('-')
  if (!negative) cursor.accept('+')
  const { kind, value } = cursor.token
  if (kind !== 'number' && kind !== 'duration' && kind !== 'bytes') {
    const text = isMatchOp(op.text) ? ['STRING'] : []
    return cursor.unexpected([...text, 'NUMBER', 'DURATION', 'BYTES'])
  }
  const { end } = cursor.take()
  const signed = negative ? -value : value
  return { kind, name: name.text, op: compare, value: signed, start: name.start, end }
}

/** `ip("10.0.0.0/8")`: the text in it. */
export function parseIp(cursor: Cursor): string {
  cursor.expect('ip')
  cursor.expect('(')
  const { text } = cursor.expectKind('string')
  cursor.expect(')')
  return text
}
