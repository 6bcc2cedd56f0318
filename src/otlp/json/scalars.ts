import { type JsonPath, misfit } from './json-path.ts'

const INTEGER = /^-?\d{1,20}$/
const HEX = /^(?:[0-9a-fA-F]{2})*$/
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
/** A Map: the sender chooses the key, and an object has more names than these. */
const DOUBLES: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** A number of the JSON text that a double can't hold: kept as written (see parse-json.ts). */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A 64-bit integer: a decimal string, or a number (ProtoJSON takes both). */
export function integer(value: unknown, path: JsonPath, min: bigint, max: bigint): bigint {
  const result = wholeNumber(value)
  if (result === undefined || result < min || result > max)
    throw misfit(path, exact(value), `an integer from ${min} to ${max}`)
  return result
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  const text = value instanceof ExactNumber ? value.text : value
  if (typeof text !== 'string') return undefined
  if (INTEGER.test(text)) return BigInt(text)
  // ProtoJSON takes 1e3 and 5.0 for integers.
  const number = Number(text)
  return text.trim() !== '' && Number.isSafeInteger(number) ? BigInt(number) : undefined
}

/** A double: a number, "NaN", "Infinity", "-Infinity", or a number in a string. */
export function double(value: unknown, path: JsonPath): number {
  if (typeof value === 'number') return value
  if (value instanceof ExactNumber) return Number(value.text)
  if (typeof value === 'string') {
    const named = DOUBLES.get(value)
    if (named !== undefined) return named
    const number = Number(value)
    if (value.trim() !== '' && !Number.isNaN(number)) return number
  }
  throw misfit(path, value, 'a number')
}

export function text(value: unknown, path: JsonPath): string {
  if (typeof value !== 'string') throw misfit(path, exact(value), 'a string')
  return value
}

export function boolean(value: unknown, path: JsonPath): boolean {
  if (typeof value !== 'boolean') throw misfit(path, exact(value), 'true or false')
  return value
}

/** Trace and span ids are hex in OTLP/JSON, unlike every other bytes field (OTLP specification, "JSON Protobuf Encoding"). */
export function hexBytes(value: unknown, path: JsonPath): Buffer {
  if (typeof value !== 'string' || !HEX.test(value))
    throw misfit(path, exact(value), 'hex digits, two a byte,')
  return Buffer.from(value, 'hex')
}

/** Standard or URL-safe base64, with or without padding (ProtoJSON). */
export function base64Bytes(value: unknown, path: JsonPath): Buffer {
  if (typeof value !== 'string' || !BASE64.test(value)) throw misfit(path, exact(value), 'base64')
  return Buffer.from(value, 'base64')
}

function exact(value: unknown): unknown {
  return value instanceof ExactNumber ? Number(value.text) : value
}
