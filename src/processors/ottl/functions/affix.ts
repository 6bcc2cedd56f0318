import { equalRanges } from '../byte-search.ts'
import type { Cell } from '../cell.ts'
import type { CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind, type Level, Result } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'

/** HasPrefix and HasSuffix: both arguments must be strings when it comes to it. */
function affix(name: string, parameter: string, at: (value: Cell, part: Cell) => number): FunctionSpec {
  return {
    name,
    parameters: [
      { name: 'target', kinds: [Kind.string] },
      { name: parameter, kinds: [Kind.string] },
    ],
    build: (frame, [value, part]) => {
      const { cell: valueCell } = value!
      const { cell: partCell } = part!
      const level = Math.max(value!.level, part!.level) as Level
      const fallible = [value!, part!].some((argument) => argument.fallible || argument.kind !== Kind.string)
      const test = (record: number): Result => {
        if (!loadString(frame, name, value!, record)) return Result.failed
        if (!loadString(frame, name, part!, record)) return Result.failed
        const start = at(valueCell, partCell)
        const end = start + partCell.end - partCell.start
        if (start < valueCell.start || end > valueCell.end) return Result.no
        return equalRanges(valueCell.bytes, start, end, partCell.bytes, partCell.start, partCell.end)
          ? Result.yes
          : Result.no
      }
      return { test: { level, fallible, test } }
    },
  }
}

function loadString(frame: Frame, name: string, { cell, load }: CompiledValue, record: number): boolean {
  if (!load(record)) return false
  if (cell.kind === Kind.string) return true
  frame.failure = `${name} needs a string, but the value is ${KIND_NAMES[cell.kind]}`
  return false
}

export const affixFunctions: ReadonlyArray<FunctionSpec> = [
  affix('HasPrefix', 'prefix', (value) => value.start),
  affix('HasSuffix', 'suffix', (value, part) => value.end - (part.end - part.start)),
]
