import { Cell } from './cell.ts'
import type { Frame } from './frame.ts'
import { Kind, Level, Result } from './kinds.ts'
import type { TextCache } from './text-cache.ts'

/** Puts the value for a record into the cell. False: it has none, and `frame.failure` says why. */
export type Load = (record: number, cell: Cell) => boolean
export type Test = (record: number) => Result

export type CompiledValue = {
  readonly level: Level
  /** What kind the value always has; undefined: it depends on the record. */
  readonly kind: Kind | undefined
  /** Whether loading can fail. */
  readonly fallible: boolean
  readonly load: Load
  /** The value itself, if it is the same for every record. */
  readonly constant?: Cell
  /** Where the decoded text of this path is remembered. */
  readonly text?: TextCache
}

export type CompiledTest = {
  readonly level: Level
  readonly fallible: boolean
  readonly test: Test
  readonly constant?: Result
}

export function constantValue(fill: (cell: Cell) => void): CompiledValue {
  const constant = new Cell()
  fill(constant)
  const load: Load = (_record, cell) => {
    cell.copyFrom(constant)
    return true
  }
  return { level: Level.constant, kind: constant.kind, fallible: false, load, constant }
}

export function stringConstant(text: string): CompiledValue {
  const bytes = Buffer.from(text)
  return constantValue((cell) => cell.setRange(Kind.string, bytes, 0, bytes.length))
}

export function constantTest(constant: boolean): CompiledTest {
  const result = constant ? Result.yes : Result.no
  return { level: Level.constant, fallible: false, test: () => result, constant: result }
}

/** A condition used as a value, as in `IsMatch(body, "x") == false`. */
export function valueOfTest(frame: Frame, { constant, fallible, level, test }: CompiledTest): CompiledValue {
  if (constant !== undefined) return constantValue((cell) => cell.setBool(constant === Result.yes))
  const remembered = oncePerGroup(frame, level, test)
  const load: Load = (record, cell) => {
    const result = remembered(record)
    cell.setBool(result === Result.yes)
    return result !== Result.failed
  }
  return { level, kind: Kind.bool, fallible, load }
}

/**
 * Remembers what a test said, for a test that can only change from one resource (or scope) to the next. Records
 * of one resource stand together, so remembering the last one is enough.
 */
export function oncePerGroup(frame: Frame, level: Level, test: Test): Test {
  if (level !== Level.resource && level !== Level.scope) return test
  let epoch = -1
  let row = -1
  let result: Result = Result.no
  let failure = ''
  return (record) => {
    const current = frame.row(level, record)
    if (current !== row || epoch !== frame.epoch) {
      result = test(record)
      failure = frame.failure
      row = current
      epoch = frame.epoch
    }
    if (result === Result.failed) frame.failure = failure
    return result
  }
}
