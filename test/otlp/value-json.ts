import type { AnyValue, KeyValue } from './proto.ts'

/** The shortest text that gives the same double back; `String` alone gives 0 for -0. */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The text of an array or list, as a reference: leaves by JSON.stringify, BigInt and Buffer; members in order, also repeated ones. */
export function jsonOf(value: AnyValue = {}): string {
  if (value.stringValue !== undefined) return JSON.stringify(value.stringValue)
  if (value.boolValue !== undefined) return String(value.boolValue)
  if (value.intValue !== undefined) return String(value.intValue)
  if (value.doubleValue !== undefined)
    return Number.isFinite(value.doubleValue) ? doubleText(value.doubleValue) : `"${value.doubleValue}"`
  if (value.bytesValue !== undefined) return `"${Buffer.from(value.bytesValue).toString('base64')}"`
  if (value.arrayValue) return `[${(value.arrayValue.values ?? []).map(jsonOf).join(',')}]`
  if (value.kvlistValue) return `{${(value.kvlistValue.values ?? []).map(memberOf).join(',')}}`
  return 'null'
}

function memberOf({ key = '', value }: KeyValue): string {
  return `${JSON.stringify(key)}:${jsonOf(value)}`
}
