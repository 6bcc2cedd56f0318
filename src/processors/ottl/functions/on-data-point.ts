import { KEPT } from '../../../otlp/batch.ts'
import { ATTRIBUTE, POINT, ValueKind } from '../../../otlp/slots.ts'
import { equalRanges } from '../byte-search.ts'
import type { CompiledTest, CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Level, Result } from '../kinds.ts'
import { findKey } from '../lookup.ts'
import type { FunctionSpec } from './function.ts'

/** Functions of the collector's filter about a metric: has any of its data points such an attribute? */

type Range = { readonly bytes: Buffer; readonly start: number; readonly end: number }

/** Past the points of the metric that this one is of. They stand together, and what is asked of a whole metric is asked at its first kept point. */
function pointsEnd(frame: Frame, record: number): number {
  const metric = metricOf(frame, record)
  let end = record + 1
  while (end < frame.recordCount && metricOf(frame, end) === metric) end++
  return end
}

/** How many kept points the metric has, from this one on. */
export function countPoints(frame: Frame, record: number): number {
  const end = pointsEnd(frame, record)
  let count = 0
  for (let point = record; point < end; point++) if (frame.verdicts[point] === KEPT) count++
  return count
}

/** Asks the kept points of the metric from this one on. */
function anyPoint(frame: Frame, key: Range, value: Range | undefined): CompiledTest {
  const test = (record: number): Result => {
    const end = pointsEnd(frame, record)
    for (let point = record; point < end; point++)
      if (frame.verdicts[point] === KEPT && hasAttribute(frame, point, key, value)) return Result.yes
    return Result.no
  }
  return { level: Level.metric, fallible: false, test }
}

function metricOf({ records, recordStride }: Frame, record: number): number {
  return records[record * recordStride + POINT.metric]!
}

function hasAttribute(frame: Frame, point: number, key: Range, value: Range | undefined): boolean {
  const { attributes, bytes, records, recordStride } = frame
  const row = point * recordStride + POINT.attributesFirst
  const found = findKey(frame, records[row]!, records[row + 1]!, key.bytes, key.start, key.end)
  if (found === -1 || value === undefined) return found !== -1
  // As documented: what is no string is compared as the empty one.
  if (attributes[found + ATTRIBUTE.kind] !== ValueKind.string) return value.start === value.end
  const start = attributes[found + ATTRIBUTE.valueStart]!
  const end = attributes[found + ATTRIBUTE.valueEnd]!
  return equalRanges(bytes, start, end, value.bytes, value.start, value.end)
}

const STRING = { kinds: [Kind.string], literal: true } as const

function rangeOf({ cell }: CompiledValue): Range {
  return { bytes: cell.bytes, start: cell.start, end: cell.end }
}

export const pointFunctions: ReadonlyArray<FunctionSpec> = [
  {
    name: 'HasAttrKeyOnDatapoint',
    parameters: [{ name: 'key', ...STRING }],
    build: (frame, [key]) => ({ test: anyPoint(frame, rangeOf(key!), undefined) }),
  },
  {
    name: 'HasAttrOnDatapoint',
    parameters: [
      { name: 'key', ...STRING },
      { name: 'expected_val', ...STRING },
    ],
    build: (frame, [key, value]) => ({ test: anyPoint(frame, rangeOf(key!), rangeOf(value!)) }),
  },
]
