import type { Cell } from '../cell.ts'
import type { CompiledTest, CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Result } from '../kinds.ts'
import { compileMatcher, type Matcher } from '../matcher.ts'
import { materialize } from '../materialize.ts'
import { matchedText } from '../plain.ts'
import type { FunctionSpec } from './function.ts'

/** Does a regular expression (RE2) match anywhere in the text of the target? Not in nil. */
export const isMatch: FunctionSpec = {
  name: 'IsMatch',
  parameters: [{ name: 'target' }, { name: 'pattern', kinds: [Kind.string], literal: true }],
  build: (frame, [target, pattern]) => ({ test: build(frame, target!, pattern!) }),
}

function build(frame: Frame, target: CompiledValue, pattern: CompiledValue): CompiledTest {
  if (target.kind === Kind.messages)
    throw new Error('IsMatch needs a text, and messages have none: Len says how many they are')
  const { bytes, start, end } = pattern.cell
  const { onBytes, onText } = compileMatcher(bytes.toString('utf8', start, end))
  const { cell, load, level, kind } = target
  const fallible = target.fallible || kind === undefined || kind === Kind.double
  const text = target.text ?? frame.newTextCache()
  const test = (record: number): Result => {
    if (!load(record)) return Result.failed
    if (cell.kind === Kind.nil) return Result.no
    if (cell.kind !== Kind.string) return ofOther(frame, cell, onText)
    const known = onBytes(cell.bytes, cell.start, cell.end)
    if (known !== undefined) return known ? Result.yes : Result.no
    return onText(text.get(frame.epoch, record, cell.bytes, cell.start, cell.end)) ? Result.yes : Result.no
  }
  return { level, fallible, test }
}

function ofOther(frame: Frame, cell: Cell, onText: Matcher['onText']): Result {
  const text = cell.kind === Kind.messages ? undefined : matchedText(materialize(cell, frame))
  if (text !== undefined) return onText(text) ? Result.yes : Result.no
  frame.failure = `IsMatch needs a text, and ${cell.kind === Kind.messages ? 'messages' : 'NaN and the infinities'} have none`
  return Result.failed
}
