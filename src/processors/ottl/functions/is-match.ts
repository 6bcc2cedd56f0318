import type { CompiledTest, CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Result } from '../kinds.ts'
import { compileMatcher } from '../matcher.ts'
import { materialize } from '../materialize.ts'
import { plainText } from '../plain.ts'
import type { FunctionSpec } from './function.ts'

/** Does a regular expression (RE2) match anywhere in the text of the target? Not in nil. */
export const isMatch: FunctionSpec = {
  name: 'IsMatch',
  parameters: [{ name: 'target' }, { name: 'pattern', kinds: [Kind.string], literal: true }],
  build: (frame, [target, pattern]) => ({ test: build(frame, target!, pattern!) }),
}

function build(frame: Frame, target: CompiledValue, pattern: CompiledValue): CompiledTest {
  const { bytes, start, end } = pattern.cell
  const { onBytes, onText } = compileMatcher(bytes.toString('utf8', start, end))
  const { cell, load, level, fallible } = target
  const text = target.text ?? frame.newTextCache()
  const test = (record: number): Result => {
    if (!load(record)) return Result.failed
    if (cell.kind === Kind.nil) return Result.no
    if (cell.kind !== Kind.string) return onText(plainText(materialize(cell, frame))) ? Result.yes : Result.no
    const known = onBytes(cell.bytes, cell.start, cell.end)
    if (known !== undefined) return known ? Result.yes : Result.no
    return onText(text.get(frame.epoch, record, cell.bytes, cell.start, cell.end)) ? Result.yes : Result.no
  }
  return { level, fallible, test }
}
