import { formatTime, type GoTime } from './time.ts'

/**
 * Values of templates, as Go tells them apart: whole numbers are bigint, floats number. Maps are what fromJson makes, and
 * the labels.
 */
export type TemplateValue =
  | null
  | string
  | bigint
  | number
  | boolean
  | GoTime
  | ReadonlyArray<TemplateValue>
  | ReadonlyMap<string, TemplateValue>

export function isTime(value: TemplateValue): value is GoTime {
  return typeof value === 'object' && value !== null && 'zone' in value
}

export function isMap(value: TemplateValue): value is ReadonlyMap<string, TemplateValue> {
  return value instanceof Map
}

export function isList(value: TemplateValue): value is ReadonlyArray<TemplateValue> {
  return Array.isArray(value)
}

/** Go's name of a value's type, for messages. */
export function typeName(value: TemplateValue): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (isTime(value)) return 'time.Time'
  return isList(value) ? '[]interface {}' : 'map[string]interface {}'
}

/** Empty values are false: nil, "", 0, false, and lists and maps without anything in them. */
export function isTrue(value: TemplateValue): boolean {
  if (value === null) return false
  if (typeof value === 'string') return value !== ''
  if (typeof value === 'bigint') return value !== 0n
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'boolean') return value
  if (isTime(value)) return true
  return isList(value) ? value.length > 0 : isMap(value) && value.size > 0
}

/** As Go's `%v` prints it. */
export function printValue(value: TemplateValue, missing = '<no value>'): string {
  if (value === null) return missing
  if (typeof value === 'string') return value
  if (typeof value === 'number') return printFloat(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (isTime(value)) return formatTime(value, '2006-01-02 15:04:05.999999999 -0700 MST')
  if (isList(value)) return `[${value.map((item) => printValue(item, '<nil>')).join(' ')}]`
  if (!isMap(value)) return ''
  const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, item]) => `${key}:${printValue(item, '<nil>')}`).join(' ')}]`
}

/** The shortest decimals; with an exponent from 1e6 on, and below 1e-4, as Go's `%v`. */
export function printFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string]
  const exponent = Number(exponentText)
  const digits = mantissa.replace(/[-.]/g, '').length
  if (exponent < -4 || exponent >= 6)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  return exponent < 0 ? value.toFixed(digits - 1 - exponent) : String(value)
}
