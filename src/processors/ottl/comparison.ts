import { equalsAt } from './byte-search.ts'
import { type Cell, intToDouble } from './cell.ts'
import { comparable, compareCells, compareInts, doublesHold, holds, Operator, reverse } from './compare.ts'
import { type CompiledTest, type CompiledValue, constantTest, type Test } from './compiled.ts'
import type { Frame } from './frame.ts'
import { Kind, type Level, Result } from './kinds.ts'

/** Builds the test for `left operator right`, the fastest that the operands allow. */
export function compileComparison(
  frame: Frame,
  left: CompiledValue,
  right: CompiledValue,
  operator: Operator,
): CompiledTest {
  if (left.constant !== undefined && right.constant === undefined)
    return compileComparison(frame, right, left, reverse(operator))
  if (left.constant !== undefined && right.constant !== undefined)
    return constantTest(compareCells(left.constant, right.constant, operator, frame))
  const fallible = left.fallible || right.fallible
  if (!fallible && left.kind !== undefined && right.kind !== undefined && !comparable(left.kind, right.kind))
    return constantTest(operator === Operator.notEqual)
  const level = Math.max(left.level, right.level) as Level
  const test =
    right.constant === undefined
      ? general(frame, left, right, operator)
      : withConstant(frame, left, right.constant, operator)
  return { level, fallible, test }
}

function withConstant(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  switch (constant.kind) {
    case Kind.string:
      return operator <= Operator.notEqual
        ? stringEquality(frame, left, constant, operator)
        : generalConstant(frame, left, constant, operator)
    case Kind.int:
      return intComparison(frame, left, constant, operator)
    case Kind.nil:
      return nilComparison(frame, left, operator)
    default:
      return generalConstant(frame, left, constant, operator)
  }
}

function stringEquality(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  const needle = Buffer.from(constant.bytes.subarray(constant.start, constant.end))
  const equal = operator === Operator.equal ? Result.yes : Result.no
  const unequal = operator === Operator.equal ? Result.no : Result.yes
  const cell = frame.newCell()
  const { load } = left
  const { length } = needle
  return (record) => {
    if (!load(record, cell)) return Result.failed
    if (cell.kind !== Kind.string || cell.end - cell.start !== length) return unequal
    return equalsAt(cell.bytes, cell.start, needle) ? equal : unequal
  }
}

function intComparison(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  const { low, high } = constant
  const double = intToDouble(low, high)
  const cell = frame.newCell()
  const { load } = left
  return (record) => {
    if (!load(record, cell)) return Result.failed
    if (cell.kind === Kind.int)
      return holds(operator, compareInts(cell.low, cell.high, low, high)) ? Result.yes : Result.no
    if (cell.kind === Kind.double) return doublesHold(operator, cell.number, double) ? Result.yes : Result.no
    return operator === Operator.notEqual ? Result.yes : Result.no
  }
}

function nilComparison(frame: Frame, left: CompiledValue, operator: Operator): Test {
  const whenNil = holds(operator, 0) ? Result.yes : Result.no
  const otherwise = operator === Operator.notEqual ? Result.yes : Result.no
  const cell = frame.newCell()
  const { load } = left
  return (record) => {
    if (!load(record, cell)) return Result.failed
    return cell.kind === Kind.nil ? whenNil : otherwise
  }
}

function generalConstant(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  const cell = frame.newCell()
  const { load } = left
  return (record) => {
    if (!load(record, cell)) return Result.failed
    return compareCells(cell, constant, operator, frame) ? Result.yes : Result.no
  }
}

function general(frame: Frame, left: CompiledValue, right: CompiledValue, operator: Operator): Test {
  const leftCell = frame.newCell()
  const rightCell = frame.newCell()
  return (record) => {
    if (!left.load(record, leftCell) || !right.load(record, rightCell)) return Result.failed
    return compareCells(leftCell, rightCell, operator, frame) ? Result.yes : Result.no
  }
}
