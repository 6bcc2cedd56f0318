import type { Cell } from '../cell.ts'
import { intToBigInt } from '../cell.ts'
import { Kind } from '../kinds.ts'
import { materialize } from '../materialize.ts'
import type { Plain, PlainMap } from '../plain.ts'
import type { FunctionSpec } from './function.ts'
import { failed, valueFunction } from './value-function.ts'

/** `"4xx"`: the numbers from 400 to 499. */
const PLACEHOLDER = /^([2-5])xx$/

/** Does a criterion (`equals`: texts, `range`: bounds or a placeholder) fit the text or number? */
function fits(criterion: Plain, value: string | bigint): boolean {
  if (!(criterion instanceof Map)) return false
  if (typeof value === 'string') {
    const equals = criterion.get('equals')
    return Array.isArray(equals) && equals.includes(value)
  }
  const range = criterion.get('range')
  if (typeof range === 'string') {
    const hundreds = PLACEHOLDER.exec(range)?.[1]
    return hundreds !== undefined && value / 100n === BigInt(hundreds)
  }
  const [min, max] = range instanceof Map ? [range.get('min'), range.get('max')] : []
  return typeof min === 'bigint' && typeof max === 'bigint' && value >= min && value <= max
}

function levelOf(mapping: PlainMap, value: string | bigint): string | undefined {
  for (const [level, criteria] of mapping)
    if (Array.isArray(criteria) && criteria.some((criterion) => fits(criterion, value))) return level
  return undefined
}

function textOrInt(source: Cell): string | bigint {
  return source.kind === Kind.string ? source.text() : intToBigInt(source.low, source.high)
}

/** The first level of the mapping that has a criterion for the text or number. */
const parseSeverity = valueFunction(
  'ParseSeverity',
  [
    { name: 'target', kinds: [Kind.string, Kind.int] },
    { name: 'mapping', kinds: [Kind.map] },
  ],
  Kind.string,
  (frame, [, mapping]) => {
    const known = mapping!.constant ? (mapping!.cell.plain as PlainMap) : undefined
    return (cell, source, dynamic) => {
      const level = levelOf(known ?? (materialize(dynamic, frame) as PlainMap), textOrInt(source))
      if (level === undefined) return failed(frame, 'ParseSeverity has no level for the value')
      cell.setText(level)
      return true
    }
  },
)

export const severityFunctions: ReadonlyArray<FunctionSpec> = [parseSeverity]
