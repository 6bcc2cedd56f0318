import type { ArithmeticOperator } from './ast.ts'
import type { Cell } from './cell.ts'
import { type CompiledValue, computedValue } from './compiled.ts'
import type { Frame } from './frame.ts'
import { setDifference, setProduct, setQuotient, setSum } from './int64.ts'
import { KIND_NAMES, Kind, type Level } from './kinds.ts'

/**
 * `+ - * /` as the collector has them: ints wrap and divide towards zero, an int beside a double becomes one, times
 * and durations are added and subtracted. Everything else, and dividing by zero, is an error.
 */

const NUMBERS: ReadonlyArray<Kind> = [Kind.int, Kind.double]
const OPERANDS: ReadonlyArray<Kind> = [...NUMBERS, Kind.time, Kind.duration]

/** The kind of the result; undefined if there is none. */
function kindOf(operator: ArithmeticOperator, left: Kind, right: Kind): Kind | undefined {
  if (NUMBERS.includes(left) && NUMBERS.includes(right)) return left === right ? left : Kind.double
  if (operator === '*' || operator === '/') return undefined
  if (left === Kind.duration && right === Kind.duration) return Kind.duration
  if (left === Kind.time && right === Kind.duration) return Kind.time
  if (left === Kind.duration && right === Kind.time) return operator === '+' ? Kind.time : undefined
  return left === Kind.time && right === Kind.time && operator === '-' ? Kind.duration : undefined
}

function misfit(operator: ArithmeticOperator, left: Kind, right: Kind): string {
  const wrong = OPERANDS.includes(left) ? right : left
  if (!OPERANDS.includes(wrong))
    return `${operator} needs numbers, times or durations, but a value is ${KIND_NAMES[wrong]}`
  return `there is no ${KIND_NAMES[left]} ${operator} ${KIND_NAMES[right]}`
}

/** Why `left operator right` can never be worked out, or undefined if it may be. */
export function arithmeticFault(
  operator: ArithmeticOperator,
  { kind: left }: CompiledValue,
  { kind: right }: CompiledValue,
): string | undefined {
  for (const kind of [left, right])
    if (kind !== undefined && !OPERANDS.includes(kind)) return misfit(operator, kind, kind)
  if (left === undefined || right === undefined || kindOf(operator, left, right) !== undefined)
    return undefined
  return misfit(operator, left, right)
}

export function compileArithmetic(
  frame: Frame,
  left: CompiledValue,
  right: CompiledValue,
  operator: ArithmeticOperator,
): CompiledValue {
  const known = left.kind !== undefined && right.kind !== undefined
  const kind = known ? kindOf(operator, left.kind, right.kind) : undefined
  const numeric = kind === Kind.int || kind === Kind.double
  const fallible = left.fallible || right.fallible || !numeric || operator === '/'
  const level = Math.max(left.level, right.level) as Level
  return computedValue(frame, { level, kind, fallible }, (record, cell) => {
    if (!left.load(record) || !right.load(record)) return false
    return calculate(frame, cell, left.cell, right.cell, operator)
  })
}

/** The value with its sign changed: of an int, a double. */
export function compileNegation(frame: Frame, operand: CompiledValue): CompiledValue {
  const { cell: source, kind, level } = operand
  const fallible = operand.fallible || kind === undefined
  return computedValue(frame, { level, kind, fallible }, (record, cell) => {
    if (!operand.load(record)) return false
    if (source.kind === Kind.double) cell.setDouble(-source.number)
    else if (source.kind === Kind.int) setDifference(cell, 0, 0, source.low, source.high)
    else {
      frame.failure = negationFault(source.kind)
      return false
    }
    return true
  })
}

export function negationFault(kind: Kind): string {
  return `- needs a number, but the value is ${KIND_NAMES[kind]}`
}

export function isNumber(kind: Kind): boolean {
  return kind === Kind.int || kind === Kind.double
}

function calculate(frame: Frame, cell: Cell, a: Cell, b: Cell, operator: ArithmeticOperator): boolean {
  if (a.kind === Kind.int && b.kind === Kind.int) return calculateInts(frame, cell, a, b, operator)
  if (isNumber(a.kind) && isNumber(b.kind)) return calculateDoubles(frame, cell, a, b, operator)
  const kind = kindOf(operator, a.kind, b.kind)
  if (kind === undefined) {
    frame.failure = misfit(operator, a.kind, b.kind)
    return false
  }
  if (operator === '+') setSum(cell, a.low, a.high, b.low, b.high)
  else setDifference(cell, a.low, a.high, b.low, b.high)
  return finishTime(frame, cell, a, b, kind, operator === '-')
}

/** Times reach from 1677 to 2262. Between two of them durations stop at their ends, sums of durations wrap, as in Go. */
function finishTime(frame: Frame, cell: Cell, a: Cell, b: Cell, kind: Kind, minus: boolean): boolean {
  const second = minus ? ~b.high : b.high
  const overflowed = (a.high ^ second) >= 0 && (a.high ^ cell.high) < 0
  if (overflowed && kind === Kind.time) {
    frame.failure = 'the time is outside the years 1677 to 2262'
    return false
  }
  const saturated = overflowed && a.kind === Kind.time
  const low = saturated ? (a.high < 0 ? 0 : -1) : cell.low
  const high = saturated ? (a.high < 0 ? 0x80000000 : 0x7fffffff) : cell.high
  if (kind === Kind.duration) cell.setDuration(low, high)
  else cell.setTime(low, high, a.kind === Kind.time ? a.number : b.number)
  return true
}

function calculateInts(frame: Frame, cell: Cell, a: Cell, b: Cell, operator: ArithmeticOperator): boolean {
  switch (operator) {
    case '+':
      setSum(cell, a.low, a.high, b.low, b.high)
      return true
    case '-':
      setDifference(cell, a.low, a.high, b.low, b.high)
      return true
    case '*':
      setProduct(cell, a.low, a.high, b.low, b.high)
      return true
    default:
      if (b.low === 0 && b.high === 0) return dividesByZero(frame)
      setQuotient(cell, a.low, a.high, b.low, b.high)
      return true
  }
}

/** Written into the cell here: a double that is passed to another function may become an object. */
function calculateDoubles(frame: Frame, cell: Cell, a: Cell, b: Cell, operator: ArithmeticOperator): boolean {
  const left = a.kind === Kind.double ? a.number : a.high * 4_294_967_296 + (a.low >>> 0)
  const right = b.kind === Kind.double ? b.number : b.high * 4_294_967_296 + (b.low >>> 0)
  if (operator === '/' && right === 0) return dividesByZero(frame)
  cell.kind = Kind.double
  if (operator === '+') cell.number = left + right
  else if (operator === '-') cell.number = left - right
  else cell.number = operator === '*' ? left * right : left / right
  return true
}

function dividesByZero(frame: Frame): boolean {
  frame.failure = 'division by zero'
  return false
}
