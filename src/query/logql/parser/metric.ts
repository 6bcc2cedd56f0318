import type {
  BinaryExpr,
  BinaryOp,
  LabelReplace,
  MetricExpr,
  NumberLiteral,
  RangeOp,
  VectorLiteral,
  VectorMatching,
  VectorOp,
} from '../ast.ts'
import { parseRangeAggregation, parseVectorAggregation, RANGE_OPS, VECTOR_OPS } from './aggregation.ts'
import type { Cursor } from './cursor.ts'
import { parseLabels } from './grouping.ts'

/** What binds tighter stands higher. `^` is joined from the right, the others from the left. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ['==', 3],
  ['!=', 3],
  ['>', 3],
  ['>=', 3],
  ['<', 3],
  ['<=', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
])

export function isBinaryOp(text: string): boolean {
  return PRECEDENCE.has(text)
}

/** What is wrong with an operand that is none. */
export const LOG_QUERY =
  'a log query has lines, not numbers; write count_over_time({…}[5m]) or another range aggregation'

const SET_OPS: ReadonlySet<string> = new Set(['or', 'and', 'unless'])
const COMPARISON = 3

export function parseMetric(cursor: Cursor, minimum = 1): MetricExpr {
  const { start } = cursor.token
  let left = cursor.nested(() => parsePrimary(cursor))
  for (let operators = 0; ; operators++) {
    const { token } = cursor
    const precedence =
      token.kind === 'symbol' || token.kind === 'identifier' ? PRECEDENCE.get(token.text) : undefined
    if (precedence === undefined || precedence < minimum) return left
    if (operators === OPERATORS_MAX) cursor.fail(token.start, `more than ${OPERATORS_MAX} operators in a row`)
    left = parseBinary(cursor, left, precedence, start)
  }
}

/** Joined from the left, every operator is one level of the tree. */
const OPERATORS_MAX = 500

function parseBinary(cursor: Cursor, left: MetricExpr, precedence: number, start: number): BinaryExpr {
  const op = cursor.take()
  const boolToken = cursor.token
  const bool = cursor.accept('bool')
  if (bool && precedence !== COMPARISON)
    cursor.fail(boolToken.start, `bool stands after comparisons only, not after ${op.text}`)
  const matching = parseMatching(cursor)
  if (cursor.is('{'))
    cursor.fail(
      cursor.token.start,
      `unexpected type for right leg of binary operation (${op.text}): ${LOG_QUERY}`,
    )
  const right = cursor.nested(() => parseMetric(cursor, op.text === '^' ? precedence : precedence + 1))
  if (matching?.group !== undefined && SET_OPS.has(op.text))
    cursor.fail(matching.start, `no grouping (group_${matching.group}) allowed for set operation ${op.text}`)
  if (SET_OPS.has(op.text)) {
    for (const [side, operand] of [
      ['left', left],
      ['right', right],
    ] as const)
      if (isScalar(operand))
        cursor.fail(
          operand.start,
          `unexpected literal for ${side} leg of logical/set binary operation (${op.text}): write vector(…)`,
        )
  } else if (matching !== undefined && (isScalar(left) || isScalar(right)))
    cursor.fail(matching.start, 'vector matching only allowed between vectors')
  return {
    kind: 'binary',
    op: op.text as BinaryOp,
    left,
    right,
    bool,
    matching,
    start,
    end: cursor.lastEnd,
  }
}

/** A literal, or arithmetic of literals. */
export function isScalar(expr: MetricExpr): boolean {
  return expr.kind === 'literal' || (expr.kind === 'binary' && isScalar(expr.left) && isScalar(expr.right))
}

function parseMatching(cursor: Cursor): VectorMatching | undefined {
  const { start, text } = cursor.token
  if (!cursor.is('on') && !cursor.is('ignoring')) return undefined
  cursor.take()
  const labels = parseLabels(cursor)
  let group: VectorMatching['group']
  let include: string[] = []
  if (cursor.is('group_left') || cursor.is('group_right')) {
    group = cursor.take().text === 'group_left' ? 'left' : 'right'
    // A parenthesis after group_left may be the labels, or the operand itself.
    if (cursor.is('(') && opensLabels(cursor)) include = parseLabels(cursor)
  }
  const both = text === 'on' ? include.find((label) => labels.includes(label)) : undefined
  if (both !== undefined) cursor.fail(start, `label ${both} must not occur in ON and GROUP clause at once`)
  return { kind: 'matching', on: text === 'on', labels, group, include, start, end: cursor.lastEnd }
}

function opensLabels(cursor: Cursor): boolean {
  const inside = cursor.next
  if (inside.text === ')' && inside.kind === 'symbol') return true
  return (
    inside.kind === 'identifier' &&
    !RANGE_OPS.has(inside.text as RangeOp) &&
    !VECTOR_OPS.has(inside.text as VectorOp) &&
    inside.text !== 'label_replace' &&
    inside.text !== 'vector'
  )
}

const PRIMARY = ['NUMBER', 'a metric function', '{', '(']

function parsePrimary(cursor: Cursor): MetricExpr {
  const { token } = cursor
  if (cursor.accept('(')) {
    const inner = parseMetric(cursor)
    cursor.expect(')')
    return inner
  }
  if (token.kind === 'number' || cursor.is('-') || cursor.is('+')) return parseNumber(cursor)
  if (token.kind !== 'identifier') return cursor.unexpected(PRIMARY)
  if (RANGE_OPS.has(token.text as RangeOp)) return parseRangeAggregation(cursor)
  if (VECTOR_OPS.has(token.text as VectorOp)) return parseVectorAggregation(cursor, () => parseMetric(cursor))
  if (token.text === 'label_replace') return parseLabelReplace(cursor)
  if (token.text === 'vector') return parseVector(cursor)
  return cursor.unexpected(PRIMARY)
}

function parseNumber(cursor: Cursor): NumberLiteral {
  const { start } = cursor.token
  const negative = cursor.accept('-')
  if (!negative) cursor.accept('+')
  const { value, end } = cursor.expectKind('number')
  return { kind: 'literal', value: negative ? -value : value, start, end }
}

function parseVector(cursor: Cursor): VectorLiteral {
  const { start } = cursor.expect('vector')
  cursor.expect('(')
  const negative = cursor.accept('-')
  const { value } = cursor.expectKind('number')
  cursor.expect(')')
  return { kind: 'vector', value: negative ? -value : value, start, end: cursor.lastEnd }
}

function parseLabelReplace(cursor: Cursor): LabelReplace {
  const { start } = cursor.expect('label_replace')
  cursor.expect('(')
  const operand = cursor.nested(() => parseMetric(cursor))
  const [destination, replacement, source, pattern] = Array.from({ length: 4 }, () => {
    cursor.expect(',')
    return cursor.expectKind('string')
  })
  cursor.expect(')')
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(destination!.text))
    cursor.fail(destination!.start, `invalid label name in label_replace: ${destination!.text}`)
  return {
    kind: 'label-replace',
    operand,
    destination: destination!.text,
    replacement: replacement!.text,
    source: source!.text,
    pattern: pattern!.text,
    start,
    end: cursor.lastEnd,
  }
}
