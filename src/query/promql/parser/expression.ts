import type { BinaryExpr, BinaryOp, Expr } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { parseBinaryModifiers } from './matching.ts'
import { parseOperand } from './operand.ts'

/** How tightly operators bind. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map<BinaryOp, number>([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ['==', 3],
  ['!=', 3],
  ['<', 3],
  ['<=', 3],
  ['>', 3],
  ['>=', 3],
  ['</', 3],
  ['>/', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['atan2', 5],
  ['^', 6],
])
const POWER = 6

/** Operators of one query: what looks at the tree goes as deep as they hang on each other. */
export const OPERATORS_MAX = 1000

export function parseExpr(cursor: Cursor): Expr {
  return cursor.nested(() => parseBinary(cursor, 1))
}

function operatorAt(cursor: Cursor): number | undefined {
  const { kind, word } = cursor.token
  return kind === 'symbol' || kind === 'identifier' ? PRECEDENCE.get(word) : undefined
}

/** Operands with the operators between them that bind at least as tightly as `least`. */
function parseBinary(cursor: Cursor, least: number): Expr {
  let left = parseUnary(cursor)
  for (;;) {
    const precedence = operatorAt(cursor)
    if (precedence === undefined || precedence < least) return left
    cursor.countOperator(OPERATORS_MAX)
    const { word, start: at } = cursor.take()
    const op = word as BinaryOp
    const { bool, matching } = parseBinaryModifiers(cursor, op, left.start, at)
    // A power is read from the right: 2 ^ 3 ^ 2 is 2 ^ (3 ^ 2).
    const right = parseBinary(cursor, precedence === POWER ? precedence : precedence + 1)
    left = {
      kind: 'binary',
      op,
      operatorAt: at,
      left,
      right,
      bool,
      matching,
      start: left.start,
      end: right.end,
    } satisfies BinaryExpr
  }
}

/** A sign stands for a whole power, `-2 ^ 2` is -4; of a number alone, it is part of the number. */
function parseUnary(cursor: Cursor): Expr {
  const { start, word } = cursor.token
  if (!cursor.is('+') && !cursor.is('-')) return parseOperand(cursor)
  cursor.take()
  const operand = cursor.nested(() => parseBinary(cursor, POWER))
  const { end } = operand
  const op = word === '-' ? '-' : '+'
  if (operand.kind === 'number')
    return { ...operand, value: op === '-' ? -operand.value : operand.value, start, end }
  return { kind: 'unary', op, operand, start, end }
}
