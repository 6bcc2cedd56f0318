import { Cell } from './cell.ts'
import { ConditionError } from './condition-error.ts'
import type { Frame } from './frame.ts'
import { Kind, Level, Result } from './kinds.ts'
import type { TextCache } from './text-cache.ts'

/** Puts the value for a record into a cell. False: it has none, and `frame.failure` says why. */
export type Fill = (record: number, cell: Cell) => boolean
export type Test = (record: number) => Result

export type CompiledValue = {
  readonly level: Level
  /** What kind the value always has; undefined: it depends on the record. */
  readonly kind: Kind | undefined
  /** Whether loading can fail. */
  readonly fallible: boolean
  /** Makes `cell` hold the value for a record. False: it has none, and `frame.failure` says why. */
  readonly load: (record: number) => boolean
  /** Belongs to the value: whoever uses it only reads it, before the next `load`. */
  readonly cell: Cell
  /** Whether the value is the same for every record; then `cell` holds it from the start. */
  readonly constant: boolean
  /** Of a list that is written out: its members. */
  readonly items?: ReadonlyArray<CompiledValue>
  /** Where the decoded text of this path is remembered. */
  readonly text?: TextCache
}

export type CompiledTest = {
  readonly level: Level
  readonly fallible: boolean
  readonly test: Test
  readonly constant?: Result
  /** Constant, and of nothing but literals. */
  readonly isLiteral?: boolean
  /** Why it fails for every record. */
  readonly fault?: ConditionError
}

export function constantValue(fill: (cell: Cell) => void): CompiledValue {
  const cell = new Cell()
  fill(cell)
  return { level: Level.constant, kind: cell.kind, fallible: false, load: () => true, cell, constant: true }
}

type Traits = { readonly level: Level; readonly kind: Kind | undefined; readonly fallible: boolean }

/** A value that is worked out for each record. */
export function computedValue(frame: Frame, { level, kind, fallible }: Traits, fill: Fill): CompiledValue {
  const cell = frame.newCell()
  return { level, kind, fallible, load: (record) => fill(record, cell), cell, constant: false }
}

/** A value that rules tend to ask for again: it is worked out once per record. */
export function rememberedValue(frame: Frame, { level, kind, fallible }: Traits, fill: Fill): CompiledValue {
  const cell = frame.newCell()
  const load = oncePerRecord(frame, cell, fill)
  return { level, kind, fallible, load, cell, constant: false, text: frame.newTextCache() }
}

/** The same value, but worked out once per record. */
export function remembered(frame: Frame, value: CompiledValue): CompiledValue {
  if (value.constant) return value
  return { ...value, load: oncePerRecord(frame, value.cell, value.load) }
}

function oncePerRecord(frame: Frame, cell: Cell, fill: Fill): CompiledValue['load'] {
  let epoch = -1
  let last = -1
  let loaded = true
  let failure = ''
  return (record) => {
    if (record === last && epoch === frame.epoch) {
      if (!loaded) frame.failure = failure
      return loaded
    }
    loaded = fill(record, cell)
    if (!loaded) failure = frame.failure
    last = record
    epoch = frame.epoch
    return loaded
  }
}

/** A value whose parts never change never changes either. Throws {@link ConditionError} if it can't be worked out. */
export function foldedValue(frame: Frame, value: CompiledValue, offset: number): CompiledValue {
  if (value.constant || value.level !== Level.constant) return value
  if (!value.load(0)) throw new ConditionError(`this always fails: ${frame.failure}`, offset, true)
  return constantValue((cell) => cell.copyFrom(value.cell))
}

export function stringConstant(text: string): CompiledValue {
  const bytes = Buffer.from(text)
  return constantValue((cell) => cell.setRange(Kind.string, bytes, 0, bytes.length))
}

export function constantTest(constant: boolean, isLiteral = false): CompiledTest {
  const result = constant ? Result.yes : Result.no
  return { level: Level.constant, fallible: false, test: () => result, constant: result, isLiteral }
}

/** A condition, or a part of one, that can only fail. */
export function failingTest(frame: Frame, fault: ConditionError): CompiledTest {
  const test: Test = () => {
    frame.failure = fault.message
    return Result.failed
  }
  return { level: Level.constant, fallible: true, test, fault }
}

/** A condition used as a value, as in `IsMatch(body, "x") == false`. */
export function valueOfTest(frame: Frame, { constant, fallible, level, test }: CompiledTest): CompiledValue {
  if (constant !== undefined) return constantValue((cell) => cell.setBool(constant === Result.yes))
  const remembered = oncePerGroup(frame, level, test)
  return computedValue(frame, { level, kind: Kind.bool, fallible }, (record, cell) => {
    const result = remembered(record)
    cell.setBool(result === Result.yes)
    return result !== Result.failed
  })
}

/**
 * Remembers what a test said, for a test that can only change from one group of rows (a resource, scope, metric,
 * for events a span) to the next. The rows of a group stand together, so remembering the last one is enough.
 */
export function oncePerGroup(frame: Frame, level: Level, test: Test): Test {
  if (level === Level.constant || level >= frame.unit) return test
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
