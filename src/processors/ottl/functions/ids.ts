import { randomBytes, randomUUID } from 'node:crypto'
import { type CompiledValue, computedValue, constantValue } from '../compiled.ts'
import { Kind } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'
import { failed, valueFunction } from './value-function.ts'

/** A new id for each record, as RFC 9562 writes it. */
function newId(name: string, make: () => string): FunctionSpec {
  return {
    name,
    parameters: [],
    build: (frame) => {
      const traits = { level: frame.unit, kind: Kind.string, fallible: false }
      const value = computedValue(frame, traits, (_record, cell) => {
        cell.setText(make())
        return true
      })
      return { value }
    },
  }
}

const VERSION_7 = 0x70
const VARIANT = 0x80

/** The milliseconds since 1970, then random bits. */
function uuidV7(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = VERSION_7 | (bytes[6]! & 0x0f)
  bytes[8] = VARIANT | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** TraceID and SpanID: an id from a byte literal, or from its hexadecimal text. */
function idFunction(
  name: string,
  kind: typeof Kind.traceId | typeof Kind.spanId,
  length: number,
): FunctionSpec {
  return {
    name,
    parameters: [{ name: 'target', kinds: [Kind.bytes, Kind.string] }],
    build: (frame, args) =>
      args[0]!.constant
        ? { value: build(name, kind, length, args[0]!) }
        : dynamic(name, kind, length).build(frame, args),
  }
}

function build(
  name: string,
  kind: Kind,
  length: number,
  { cell, kind: given }: CompiledValue,
): CompiledValue {
  const content = cell.bytes.subarray(cell.start, cell.end)
  const id = given === Kind.bytes ? content : fromHex(name, content.toString(), length)
  if (id.length !== length) throw new Error(`${name} needs exactly ${length} bytes, but got ${id.length}`)
  return constantValue((made) => made.setRange(kind, id, 0, length))
}

/** From a value of the record: an id that has the wrong length is an error. */
function dynamic(name: string, kind: Kind, length: number): FunctionSpec {
  return valueFunction(name, [{ name: 'target', kinds: [Kind.bytes, Kind.string] }], kind, (frame) => {
    const id = Buffer.alloc(length)
    return (cell, { bytes, start, end, kind: given }) => {
      const text =
        given === Kind.string && end - start === 2 * length ? bytes.toString('latin1', start, end) : ''
      const size = given === Kind.bytes ? end - start : id.write(text, 'hex')
      if (size !== length) return failed(frame, `${name} needs ${length} bytes, or their hexadecimal digits`)
      if (given === Kind.bytes) bytes.copy(id, 0, start, end)
      cell.setRange(kind, id, 0, length)
      return true
    }
  })
}

function fromHex(name: string, text: string, length: number): Buffer {
  if (text.length !== 2 * length || !/^[0-9a-fA-F]+$/.test(text))
    throw new Error(`${name} needs a byte literal or a string of ${2 * length} hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

export const idFunctions: ReadonlyArray<FunctionSpec> = [
  newId('UUID', randomUUID),
  newId('UUIDv7', uuidV7),
  idFunction('SpanID', Kind.spanId, 8),
  idFunction('TraceID', Kind.traceId, 16),
]
