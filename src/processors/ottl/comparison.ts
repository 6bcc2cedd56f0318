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
  if (left.constant && !right.constant) return compileComparison(frame, right, left, reverse(operator))
  if (left.constant && right.constant)
    return constantTest(compareCells(left.cell, right.cell, operator, frame))
  const fallible = left.fallible || right.fallible
  if (!fallible && left.kind !== undefined && right.kind !== undefined && !comparable(left.kind, right.kind))
    return constantTest(operator === Operator.notEqual)
  const level = Math.max(left.level, right.level) as Level
  const test = right.constant
    ? withConstant(frame, left, right.cell, operator)
    : general(frame, left, right, operator)
  return { level, fallible, test }
}

function withConstant(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  switch (constant.kind) {
    case Kind.string:
      return operator <= Operator.notEqual
        ? stringEquality(left, constant, operator)
        : generalConstant(frame, left, constant, operator)
    case Kind.int:
      return intComparison(left, constant, operator)
    case Kind.nil:
      return nilComparison(left, operator)
    default:
      return generalConstant(frame, left, constant, operator)
  }
}

function stringEquality(left: CompiledValue, constant: Cell, operator: Operator): Test {
  const needle = Buffer.from(constant.bytes.subarray(constant.start, constant.end))
  const equal = operator === Operator.equal ? Result.yes : Result.no
  const unequal = operator === Operator.equal ? Result.no : Result.yes
  const { cell, load } = left
  const { length } = needle
  return (record) => {
    if (!load(record)) return Result.failed
    if (cell.kind !== Kind.string || cell.end - cell.start !== length) return unequal
    return equalsAt(cell.bytes, cell.start, needle) ? equal : unequal
  }
}

function intComparison(left: CompiledValue, constant: Cell, operator: Operator): Test {
  const { low, high } = constant
  const double = intToDouble(low, high)
  const { cell, load } = left
  return (record) => {
    if (!load(record)) return Result.failed
    if (cell.kind === Kind.int)
      return holds(operator, compareInts(cell.low, cell.high, low, high)) ? Result.yes : Result.no
    if (cell.kind === Kind.double) return doublesHold(operator, cell.number, double) ? Result.yes : Result.no
    return operator === Operator.notEqual ? Result.yes : Result.no
  }
}

function nilComparison(left: CompiledValue, operator: Operator): Test {
  const whenNil = holds(operator, 0) ? Result.yes : Result.no
  const otherwise = operator === Operator.notEqual ? Result.yes : Result.no
  const { cell, load } = left
  return (record) => {
    if (!load(record)) return Result.failed
    return cell.kind === Kind.nil ? whenNil : otherwise
  }
}

function generalConstant(frame: Frame, left: CompiledValue, constant: Cell, operator: Operator): Test {
  const { cell, load } = left
  return (record) => {
    if (!load(record)) return Result.failed
    return compareCells(cell, constant, operator, frame) ? Result.yes : Result.no
  }
}

function general(frame: Frame, left: CompiledValue, right: CompiledValue, operator: Operator): Test {
  return (record) => {
    if (!left.load(record) || !right.load(record)) return Result.failed
    return compareCells(left.cell, right.cell, operator, frame) ? Result.yes : Result.no
  }
}
