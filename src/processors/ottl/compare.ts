import type { ComparisonOperator } from './ast.ts'
import { compareRanges, equalRanges } from './byte-search.ts'
import { type Cell, intToDouble } from './cell.ts'
import type { Frame } from './frame.ts'
import { Kind } from './kinds.ts'
import { materialize } from './materialize.ts'
import { deepEqual } from './plain.ts'

/** Operators as numbers. */
export const Operator = {
  equal: 0,
  notEqual: 1,
  less: 2,
  lessOrEqual: 3,
  greater: 4,
  greaterOrEqual: 5,
} as const
export type Operator = (typeof Operator)[keyof typeof Operator]

const BY_TEXT: Readonly<Record<ComparisonOperator, Operator>> = {
  '==': Operator.equal,
  '!=': Operator.notEqual,
  '<': Operator.less,
  '<=': Operator.lessOrEqual,
  '>': Operator.greater,
  '>=': Operator.greaterOrEqual,
}
/** `a < b` said the other way round: `b > a`. */
const REVERSED: ReadonlyArray<Operator> = [
  Operator.equal,
  Operator.notEqual,
  Operator.greater,
  Operator.greaterOrEqual,
  Operator.less,
  Operator.lessOrEqual,
]

export function operatorOf(text: ComparisonOperator): Operator {
  return BY_TEXT[text]
}

export function reverse(operator: Operator): Operator {
  return REVERSED[operator]!
}

/** Does the operator hold, given that left is less (negative), equal (0) or greater (positive)? */
export function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case Operator.equal:
      return order === 0
    case Operator.notEqual:
      return order !== 0
    case Operator.less:
      return order < 0
    case Operator.lessOrEqual:
      return order <= 0
    case Operator.greater:
      return order > 0
    default:
      return order >= 0
  }
}

/** Doubles apart from {@link holds}: NaN is unequal to everything and in no order. */
export function doublesHold(operator: Operator, a: number, b: number): boolean {
  switch (operator) {
    case Operator.equal:
      return a === b
    case Operator.notEqual:
      return a !== b
    case Operator.less:
      return a < b
    case Operator.lessOrEqual:
      return a <= b
    case Operator.greater:
      return a > b
    default:
      return a >= b
  }
}

export function compareInts(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return aHigh !== bHigh ? (aHigh < bHigh ? -1 : 1) : (aLow >>> 0) - (bLow >>> 0)
}

/** Can values of these kinds be anything but "not equal"? */
export function comparable(a: Kind, b: Kind): boolean {
  return (a === b && a !== Kind.messages) || (isNumber(a) && isNumber(b))
}

function isNumber(kind: Kind): boolean {
  return kind === Kind.int || kind === Kind.double
}

/**
 * OTTL's comparison rules: numbers of two kinds as doubles, strings and bytes byte by byte, false before true,
 * nil equal to nil, lists and maps by content but without order; everything else is "not equal", for which
 * only `!=` holds.
 */
export function compareCells(a: Cell, b: Cell, operator: Operator, frame: Frame): boolean {
  if (a.kind !== b.kind) {
    if (!isNumber(a.kind) || !isNumber(b.kind)) return operator === Operator.notEqual
    return doublesHold(operator, asDouble(a), asDouble(b))
  }
  switch (a.kind) {
    case Kind.nil:
      return holds(operator, 0)
    case Kind.bool:
      return holds(operator, a.low - b.low)
    case Kind.int:
    case Kind.time:
    case Kind.duration:
      return holds(operator, compareInts(a.low, a.high, b.low, b.high))
    case Kind.double:
      return doublesHold(operator, a.number, b.number)
    case Kind.string:
    case Kind.bytes:
      return rangesHold(operator, a, b)
    case Kind.traceId:
    case Kind.spanId:
      return equalityHolds(operator, equalRanges(a.bytes, a.start, a.end, b.bytes, b.start, b.end))
    case Kind.messages:
      return operator === Operator.notEqual
    default:
      return (
        operator <= Operator.notEqual &&
        equalityHolds(operator, deepEqual(materialize(a, frame), materialize(b, frame)))
      )
  }
}

function asDouble(cell: Cell): number {
  return cell.kind === Kind.double ? cell.number : intToDouble(cell.low, cell.high)
}

function rangesHold(operator: Operator, a: Cell, b: Cell): boolean {
  if (operator <= Operator.notEqual)
    return equalityHolds(operator, equalRanges(a.bytes, a.start, a.end, b.bytes, b.start, b.end))
  return holds(operator, compareRanges(a.bytes, a.start, a.end, b.bytes, b.start, b.end))
}

/** For kinds that have no order: nothing but == and != can hold. */
function equalityHolds(operator: Operator, equal: boolean): boolean {
  return operator === Operator.equal ? equal : operator === Operator.notEqual && !equal
}
