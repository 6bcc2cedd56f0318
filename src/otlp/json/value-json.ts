import type { Batch } from '../batch.ts'
import { ATTRIBUTE, ValueKind } from '../slots.ts'
import { field, nextField, readValue } from '../text/read-value.ts'
import { valueToString } from '../text.ts'

/** An AnyValue in OTLP/JSON: one of its members, or none. */
export type AnyValueJson = {
  stringValue?: string
  boolValue?: boolean
  /** All 64 bits, as text. */
  intValue?: string
  doubleValue?: number | string
  arrayValue?: { values: AnyValueJson[] }
  kvlistValue?: { values: KeyValueJson[] }
  /** Base64. */
  bytesValue?: string
}
export type KeyValueJson = { key: string; value: AnyValueJson }

/** Lists inside one another; the scanner's own limit is reached first. */
const DEPTH_MAX = 64
const LIST_VALUES = 1
const PAIR_KEY = 1
const PAIR_VALUE = 2

/** `count` attributes of a batch from row `first` on; undefined for none. */
export function attributesJson(batch: Batch, first: number, count: number): KeyValueJson[] | undefined {
  if (count === 0) return undefined
  const { data } = batch.attributes
  return Array.from({ length: count }, (_, i) => {
    const at = (first + i) * ATTRIBUTE.stride
    const [kind, start, end] = [
      data[at + ATTRIBUTE.kind]!,
      data[at + ATTRIBUTE.valueStart]!,
      data[at + ATTRIBUTE.valueEnd]!,
    ]
    const key = batch.bytes.toString('utf8', data[at + ATTRIBUTE.keyStart]!, data[at + ATTRIBUTE.keyEnd]!)
    return { key, value: valueJson(kind, batch.bytes, start, end) }
  })
}

/** A value as a batch has it: `kind`, `start` and `end` as in `ValueKind`. */
export function valueJson(kind: number, bytes: Buffer, start: number, end: number, depth = 0): AnyValueJson {
  switch (kind) {
    case ValueKind.string:
      return { stringValue: bytes.toString('utf8', start, end) }
    case ValueKind.bool:
      return { boolValue: start !== 0 }
    case ValueKind.int:
      return { intValue: valueToString(kind, bytes, start, end) }
    case ValueKind.double:
      return { doubleValue: doubleJson(bytes.readDoubleLE(start)) }
    case ValueKind.bytes:
      return { bytesValue: bytes.toString('base64', start, end) }
    case ValueKind.array:
      return { arrayValue: { values: depth < DEPTH_MAX ? items(bytes, start, end, depth + 1) : [] } }
    case ValueKind.kvlist:
      return { kvlistValue: { values: depth < DEPTH_MAX ? pairs(bytes, start, end, depth + 1) : [] } }
    default:
      return {}
  }
}

function items(bytes: Buffer, start: number, end: number, depth: number): AnyValueJson[] {
  const values: AnyValueJson[] = []
  for (let at = start; nextField(bytes, at, end); ) {
    const next = field.end
    if (field.number === LIST_VALUES) values.push(nested(bytes, field.start, next, depth))
    at = next
  }
  return values
}

function pairs(bytes: Buffer, start: number, end: number, depth: number): KeyValueJson[] {
  const values: KeyValueJson[] = []
  for (let at = start; nextField(bytes, at, end); ) {
    const next = field.end
    if (field.number === LIST_VALUES) values.push(pair(bytes, field.start, next, depth))
    at = next
  }
  return values
}

function pair(bytes: Buffer, start: number, end: number, depth: number): KeyValueJson {
  let key = ''
  let value: AnyValueJson = {}
  for (let at = start; nextField(bytes, at, end); ) {
    const next = field.end
    if (field.number === PAIR_KEY) key = bytes.toString('utf8', field.start, next)
    else if (field.number === PAIR_VALUE) value = nested(bytes, field.start, next, depth)
    at = next
  }
  return { key, value }
}

function nested(bytes: Buffer, start: number, end: number, depth: number): AnyValueJson {
  const slots = new Uint32Array(3)
  readValue(bytes, start, end, slots, 0)
  return valueJson(slots[0]!, bytes, slots[1]!, slots[2]!, depth)
}

/** JSON has no NaN and no infinities, and loses the sign of -0. */
export function doubleJson(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)
}
