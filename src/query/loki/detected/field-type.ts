import { parseBytes, parseDuration } from '../../logql/units.ts'
import type { FIELD_TYPES } from '../response/schemas.ts'

export type FieldType = (typeof FIELD_TYPES)[number]

/** What a value looks like. */
export function typeOfValue(text: string): FieldType {
  if (/^[-+]?\d+$/.test(text)) return 'int'
  if (/^[-+]?(\d+\.\d*|\.?\d+)([eE][-+]?\d+)?$/.test(text)) return 'float'
  if (/^(true|false)$/i.test(text)) return 'boolean'
  if (parseDuration(text) !== undefined) return 'duration'
  // A number with a unit: without one it would have been a number.
  if (/[A-Za-z]$/.test(text) && parseBytes(text) !== undefined) return 'bytes'
  return 'string'
}

/** The type of values of both types. */
export function commonType(a: FieldType | undefined, b: FieldType): FieldType {
  if (a === undefined || a === b) return b
  const isNumber = (type: FieldType): boolean => type === 'int' || type === 'float'
  return isNumber(a) && isNumber(b) ? 'float' : 'string'
}
