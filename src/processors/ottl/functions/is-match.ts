import { hasNonAscii } from '../byte-search.ts'
import type { Cell } from '../cell.ts'
import type { CompiledTest, CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind, type Level, Result } from '../kinds.ts'
import { compileMatcher, type Matcher } from '../matcher.ts'
import { PatternCache } from '../pattern-cache.ts'
import { textOfCell } from '../text-of-cell.ts'
import type { FunctionSpec } from './function.ts'

/** Does a regular expression (RE2) match anywhere in the text of the target? Not in nil. */
export const isMatch: FunctionSpec = {
  name: 'IsMatch',
  parameters: [{ name: 'target' }, { name: 'pattern', kinds: [Kind.string] }],
  build: (frame, [target, pattern]) => ({ test: build(frame, target!, pattern!) }),
}

function build(frame: Frame, target: CompiledValue, pattern: CompiledValue): CompiledTest {
  if (target.kind === Kind.messages)
    throw new Error('IsMatch needs a text, and messages have none: Len says how many they are')
  if (!pattern.constant) return buildDynamic(frame, target, pattern)
  const { literal, onBytes, onText } = compileMatcher(pattern.cell.text())
  const { cell, load, level, kind } = target
  const fallible = target.fallible || kind === undefined || kind === Kind.double
  const text = target.text ?? frame.newTextCache()
  // Of a constant there is nothing to search again.
  const search = target.constant ? undefined : frame.searchIn(cell)
  const number = literal && search?.add(literal.text, literal.foldCase)
  if (literal !== undefined && search !== undefined && number !== undefined) {
    const { decides, unsure } = literal
    const test = (record: number): Result => {
      // What was searched for another condition was a string, and there is nothing to load again.
      if (!search.isAbout(frame.epoch, record)) {
        if (!load(record)) return Result.failed
        if (cell.kind === Kind.nil) return Result.no
        if (cell.kind !== Kind.string) return ofOther(frame, cell, onText)
        search.search(frame.epoch, record, cell.bytes, cell.start, cell.end)
      }
      const found = search.has(number)
      if (found && decides) return Result.yes
      if (!found && !unsure) return Result.no
      if (!load(record)) return Result.failed
      const { bytes, end, start } = cell
      if (!found && !hasNonAscii(bytes, start, end)) return Result.no
      return onText(text.get(frame.epoch, record, bytes, start, end)) ? Result.yes : Result.no
    }
    return { level, fallible, test }
  }
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
  const text = textOfCell(cell, frame)
  if (text !== undefined) return onText(text) ? Result.yes : Result.no
  frame.failure = `IsMatch needs a text, and ${cell.kind === Kind.messages ? 'messages' : 'NaN and the infinities'} have none`
  return Result.failed
}

/** With a pattern that is no literal: it may be another one for each record. */
function buildDynamic(frame: Frame, target: CompiledValue, pattern: CompiledValue): CompiledTest {
  const { cell, load } = target
  const matchers = new PatternCache(compileMatcher)
  const test = (record: number): Result => {
    if (!pattern.load(record)) return Result.failed
    if (pattern.cell.kind !== Kind.string) {
      frame.failure = `pattern of IsMatch must be string, but is ${KIND_NAMES[pattern.cell.kind]}`
      return Result.failed
    }
    const matcher = matchers.get(pattern.cell.text())
    if (typeof matcher === 'string') {
      frame.failure = `the pattern is no regular expression: ${matcher}`
      return Result.failed
    }
    if (!load(record)) return Result.failed
    if (cell.kind === Kind.nil) return Result.no
    if (cell.kind !== Kind.string) return ofOther(frame, cell, matcher.onText)
    return (matcher.onBytes(cell.bytes, cell.start, cell.end) ?? matcher.onText(cell.text()))
      ? Result.yes
      : Result.no
  }
  return { level: Math.max(target.level, pattern.level) as Level, fallible: true, test }
}
