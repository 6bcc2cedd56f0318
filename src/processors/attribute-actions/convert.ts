import type { Batch } from '../../otlp/batch.ts'
import { ValueKind } from '../../otlp/slots.ts'
import { valueToString } from '../../otlp/text.ts'
import { Varint } from '../../otlp/wire/varint.ts'
import { appendDouble, appendInt, appendText, appendWhole } from './append.ts'
import type { Value } from './overlay.ts'

export const CONVERTED_TYPES = ['int', 'double', 'string'] as const
export type ConvertedType = (typeof CONVERTED_TYPES)[number]

const varint = new Varint()
/** So many digits are exact in a double. */
const EXACT_DIGITS_MAX = 15
const INT64_MAX = 2 ** 63
const WORD = 2 ** 32

/** Makes a value of another kind of it, as the collector does. False: it is of that kind already, or can't be converted. */
export function convert(batch: Batch, to: ConvertedType, value: Value): boolean {
  if (to === 'string') return toText(batch, value)
  return to === 'int' ? toInt(batch, value) : toDouble(batch, value)
}

function toText(batch: Batch, value: Value): boolean {
  if (value.kind === ValueKind.string) return false
  appendText(batch, Buffer.from(valueToString(value.kind, batch.bytes, value.start, value.end)), value)
  return true
}

function toInt(batch: Batch, value: Value): boolean {
  if (value.kind === ValueKind.bool) {
    appendWhole(batch, value.start, value)
    return true
  }
  if (value.kind === ValueKind.double) {
    const number = Math.trunc(batch.bytes.readDoubleLE(value.start))
    if (!(number >= -INT64_MAX && number < INT64_MAX)) return false
    appendWhole(batch, number, value)
    return true
  }
  return value.kind === ValueKind.string && parseInt64(batch, value)
}

const PLUS = 0x2b
const MINUS = 0x2d

/** Decimal digits with or without a sign. */
function parseInt64(batch: Batch, value: Value): boolean {
  const { bytes } = batch
  const sign = bytes[value.start]
  const from = value.start + (value.start < value.end && (sign === PLUS || sign === MINUS) ? 1 : 0)
  if (from >= value.end) return false
  let number = 0
  for (let i = from; i < value.end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return false
    number = 10 * number + digit
  }
  const isNegative = sign === MINUS
  if (value.end - from <= EXACT_DIGITS_MAX) {
    appendWhole(batch, isNegative ? -number : number, value)
    return true
  }
  const exact = BigInt(bytes.toString('latin1', from, value.end)) * (isNegative ? -1n : 1n)
  if (BigInt.asIntN(64, exact) !== exact) return false
  const unsigned = BigInt.asUintN(64, exact)
  appendInt(batch, Number(unsigned & 0xffffffffn), Number(unsigned >> 32n), value)
  return true
}

/** What Go's ParseFloat takes, without hexadecimal digits and underscores. */
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)$/i

function toDouble(batch: Batch, value: Value): boolean {
  if (value.kind === ValueKind.bool) appendDouble(batch, value.start, value)
  else if (value.kind === ValueKind.int) {
    varint.read(batch.bytes, value.start, value.end)
    appendDouble(batch, varint.high * WORD + (varint.low >>> 0), value)
  } else if (value.kind === ValueKind.string) {
    const number = numberOf(batch.bytes.toString('latin1', value.start, value.end))
    if (number === undefined) return false
    appendDouble(batch, number, value)
  } else return false
  return true
}

function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  if (/n$/i.test(text)) return /nan$/i.test(text) ? Number.NaN : undefined
  if (/inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  const number = Number(text)
  // As in Go, what is beyond the range of a double is no number.
  return Number.isFinite(number) ? number : undefined
}
