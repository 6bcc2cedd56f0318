import { ValueKind } from '../slots.ts'
import type { TextSink } from '../text-sink.ts'
import { writeBase64 } from './base64.ts'
import { writeDouble } from './double.ts'
import { writeJsonString } from './json-string.ts'
import { writeAscii } from './range.ts'
import { field, nextField, readValue } from './read-value.ts'
import { writeScalar } from './scalar.ts'

/**
 * Arrays and lists inside one another; what lies deeper is written as the JSON string "…". The scanner's own
 * nesting limit is reached first, so this only guards against bytes that were never scanned.
 */
const DEPTH_MAX = 64
const TOO_DEEP = Buffer.from('"…"')
/** Kind, start and end of the value being written, per depth: recursion without an object per level. */
const slots = new Uint32Array(3 * (DEPTH_MAX + 2))

const VALUES = 1
const KEY = 1
const VALUE = 2

/** Writes the bytes of an ArrayValue as a compact JSON array. */
export function writeJsonArray(bytes: Buffer, start: number, end: number, sink: TextSink, depth = 0): void {
  writeByte(0x5b, sink)
  writeItems(bytes, start, end, sink, depth + 1, false)
  writeByte(0x5d, sink)
}

/** Writes the bytes of a KeyValueList as a compact JSON object. Keys stay in order, also those that occur twice. */
export function writeJsonObject(bytes: Buffer, start: number, end: number, sink: TextSink, depth = 0): void {
  writeByte(0x7b, sink)
  writeItems(bytes, start, end, sink, depth + 1, true)
  writeByte(0x7d, sink)
}

function writeItems(
  bytes: Buffer,
  start: number,
  end: number,
  sink: TextSink,
  depth: number,
  areMembers: boolean,
): void {
  let first = true
  let at = start
  while (nextField(bytes, at, end)) {
    at = field.end
    if (field.number !== VALUES) continue
    if (!first) writeByte(0x2c, sink)
    first = false
    if (areMembers) writeMember(bytes, field.start, at, sink, depth)
    else writeNested(bytes, field.start, at, sink, depth)
  }
}

function writeMember(bytes: Buffer, start: number, end: number, sink: TextSink, depth: number): void {
  const slot = 3 * depth
  slots[slot] = ValueKind.empty
  let keyStart = 0
  let keyEnd = 0
  let at = start
  while (nextField(bytes, at, end)) {
    at = field.end
    if (field.number === KEY) {
      keyStart = field.start
      keyEnd = at
    } else if (field.number === VALUE) readValue(bytes, field.start, at, slots, slot)
  }
  writeJsonString(bytes, keyStart, keyEnd, sink)
  writeByte(0x3a, sink)
  writeJsonValue(bytes, slot, sink, depth)
}

function writeNested(bytes: Buffer, start: number, end: number, sink: TextSink, depth: number): void {
  const slot = 3 * depth
  slots[slot] = ValueKind.empty
  readValue(bytes, start, end, slots, slot)
  writeJsonValue(bytes, slot, sink, depth)
}

/** Writes the value whose kind, start and end stand at `slots[slot]`. */
function writeJsonValue(bytes: Buffer, slot: number, sink: TextSink, depth: number): void {
  const kind = slots[slot]! as ValueKind
  const start = slots[slot + 1]!
  const end = slots[slot + 2]!
  switch (kind) {
    case ValueKind.empty:
      writeAscii('null', sink)
      break
    case ValueKind.string:
      writeJsonString(bytes, start, end, sink)
      break
    case ValueKind.double:
      writeJsonDouble(bytes.readDoubleLE(start), sink)
      break
    case ValueKind.bytes:
      writeByte(0x22, sink)
      writeBase64(bytes, start, end, sink)
      writeByte(0x22, sink)
      break
    case ValueKind.array:
    case ValueKind.kvlist:
      if (depth >= DEPTH_MAX) writeTooDeep(sink)
      else if (kind === ValueKind.array) writeJsonArray(bytes, start, end, sink, depth)
      else writeJsonObject(bytes, start, end, sink, depth)
      break
    default:
      writeScalar(kind, bytes, start, end, sink)
  }
}

/** JSON has no NaN and no infinities: they are strings, as in protobuf's own JSON mapping. */
function writeJsonDouble(value: number, sink: TextSink): void {
  if (Number.isFinite(value)) writeDouble(value, sink)
  else writeAscii(`"${value}"`, sink)
}

function writeTooDeep(sink: TextSink): void {
  sink.reserve(TOO_DEEP.length)
  sink.buffer.set(TOO_DEEP, sink.length)
  sink.length += TOO_DEEP.length
}

function writeByte(byte: number, sink: TextSink): void {
  sink.reserve(1)
  sink.buffer[sink.length++] = byte
}
