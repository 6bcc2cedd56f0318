import { type Field, FieldKind, type Message } from '../scan/message.ts'
import { NESTING_MAX } from '../wire/wire-type.ts'
import { WireWriter } from '../wire/wire-writer.ts'
import { type JsonPath, MalformedJsonError, misfit, pathText } from './json-path.ts'
import { camelCase } from './names.ts'
import { parseJson } from './parse-json.ts'
import { base64Bytes, boolean, double, hexBytes, integer, text } from './scalars.ts'

const INT32_MIN = -(2n ** 31n)
const INT32_MAX = 2n ** 31n - 1n
const UINT32_MAX = 2n ** 32n - 1n
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UINT64_MAX = 2n ** 64n - 1n

/**
 * Translates an OTLP/JSON request into the protobuf bytes of the same message, which then take the one path of all
 * requests (OTLP specification, "JSON Protobuf Encoding"): lowerCamelCase names (the names of the .proto files are
 * taken too), hex ids, enums as numbers or names, 64-bit integers as strings or numbers, null as absent, unknown
 * names ignored. Throws {@link MalformedJsonError}, which names the path.
 */
export function translateJson(type: Message, body: Buffer): Buffer {
  return translateValue(type, parseJson(body), body.length)
}

/**
 * The same of JSON that was parsed, or never was text; `bytes` is about how much it makes. `shortest`: lengths take as few bytes as they
 * can, as other encoders write them, so that records are as large as their senders made them.
 */
export function translateValue(type: Message, value: unknown, bytes: number, shortest = false): Buffer {
  const writer = new WireWriter(bytes, shortest)
  if (!isObject(value)) throw misfit(undefined, value, 'an object')
  writeMessage(writer, type, value, undefined, 1)
  return writer.finish()
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const fieldsByName = new WeakMap<Message, ReadonlyMap<string, Field>>()

function fieldsOf(type: Message): ReadonlyMap<string, Field> {
  let fields = fieldsByName.get(type)
  if (fields === undefined) {
    fields = new Map(
      type.fields.flatMap(
        (field) =>
          [
            [camelCase(field.name), field],
            [field.name, field],
          ] as const,
      ),
    )
    fieldsByName.set(type, fields)
  }
  return fields
}

function writeMessage(
  writer: WireWriter,
  type: Message,
  value: JsonObject,
  path: JsonPath | undefined,
  depth: number,
): void {
  if (depth > NESTING_MAX)
    throw new MalformedJsonError(`${pathText(path)}: nested deeper than ${NESTING_MAX}`)
  const fields = fieldsOf(type)
  for (const name in value) {
    const field = fields.get(name)
    const content = value[name]
    if (field === undefined || content === null || content === undefined) continue
    writeField(writer, type, field, content, { parent: path, step: name }, depth)
  }
}

function writeField(
  writer: WireWriter,
  type: Message,
  field: Field,
  value: unknown,
  path: JsonPath,
  depth: number,
): void {
  if (!isRepeated(type, field)) {
    writeOne(writer, type, field, value, path, depth)
    return
  }
  if (!Array.isArray(value)) throw misfit(path, value, 'an array')
  const absent = field.message === undefined ? null : {}
  for (let i = 0; i < value.length; i++)
    writeOne(writer, type, field, value[i] ?? absent, { parent: path, step: i }, depth)
}

const REPEATED: ReadonlySet<FieldKind> = new Set([
  FieldKind.rows,
  FieldKind.attributes,
  FieldKind.packedFixed64,
  FieldKind.packedDouble,
  FieldKind.packedVarint,
])

/** `values` of ArrayValue and KeyValueList are the repeated fields that are no rows. */
function isRepeated(type: Message, field: Field): boolean {
  return (
    REPEATED.has(field.kind) ||
    (field.name === 'values' && (type.name === 'ArrayValue' || type.name === 'KeyValueList'))
  )
}

function writeOne(
  writer: WireWriter,
  type: Message,
  field: Field,
  value: unknown,
  path: JsonPath,
  depth: number,
): void {
  const { number } = field
  switch (field.kind) {
    case FieldKind.varint32:
      writer.varint(number, enumOrInteger(field, value, path))
      break
    case FieldKind.fixed32:
      writer.fixed32(number, Number(integer(value, path, 0n, UINT32_MAX)))
      break
    case FieldKind.fixed64:
    case FieldKind.packedFixed64:
      writer.fixed64(number, integer(value, path, INT64_MIN, UINT64_MAX))
      break
    case FieldKind.numberInt:
      writer.fixed64(number, integer(value, path, INT64_MIN, INT64_MAX))
      break
    case FieldKind.packedVarint:
      writer.varint(number, integer(value, path, INT64_MIN, UINT64_MAX))
      break
    case FieldKind.sint32:
      writer.varint(number, zigzag(integer(value, path, INT32_MIN, INT32_MAX)))
      break
    case FieldKind.flag:
    case FieldKind.valueBool:
      writer.varint(number, boolean(value, path) ? 1n : 0n)
      break
    case FieldKind.valueInt:
      writer.varint(number, integer(value, path, INT64_MIN, INT64_MAX))
      break
    case FieldKind.valueDouble:
    case FieldKind.double:
    case FieldKind.optionalDouble:
    case FieldKind.numberDouble:
    case FieldKind.packedDouble:
      writer.double(number, double(value, path))
      break
    case FieldKind.text:
    case FieldKind.valueText:
      writer.text(number, text(value, path))
      break
    case FieldKind.valueBytes:
      writer.bytes(number, base64Bytes(value, path))
      break
    case FieldKind.id:
      writer.bytes(number, hexBytes(value, path))
      break
    default:
      writeNested(writer, type.messages[number]!, number, value, path, depth)
  }
}

function writeNested(
  writer: WireWriter,
  type: Message,
  number: number,
  value: unknown,
  path: JsonPath,
  depth: number,
): void {
  if (!isObject(value)) throw misfit(path, value, 'an object')
  const start = writer.begin(number)
  writeMessage(writer, type, value, path, depth + 1)
  writer.end(start)
}

/** sint32 on the wire (protobuf, "Encoding", signed integers). */
function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value
}

/** An enum (int32) by name or number, or a uint32. */
function enumOrInteger({ names }: Field, value: unknown, path: JsonPath): bigint {
  if (names === undefined) return integer(value, path, 0n, UINT32_MAX)
  const named = typeof value === 'string' ? names.get(value) : undefined
  return named === undefined ? integer(value, path, INT32_MIN, INT32_MAX) : BigInt(named)
}
