import { ATTRIBUTE, RESOURCE, SCOPE, ValueKind } from '../slots.ts'
import { type Field, FieldKind, Level, Message } from './message.ts'

/** Messages that every signal uses (opentelemetry/proto/common/v1/common.proto, resource/v1/resource.proto). */

export const ANY_VALUE = new Message('AnyValue', Level.none, [
  { number: 1, name: 'string_value', kind: FieldKind.valueText, slot: ValueKind.string },
  { number: 2, name: 'bool_value', kind: FieldKind.valueBool, slot: ValueKind.bool },
  { number: 3, name: 'int_value', kind: FieldKind.valueInt, slot: ValueKind.int },
  { number: 4, name: 'double_value', kind: FieldKind.valueDouble, slot: ValueKind.double },
  { number: 5, name: 'array_value', kind: FieldKind.valueNested, slot: ValueKind.array },
  { number: 6, name: 'kvlist_value', kind: FieldKind.valueNested, slot: ValueKind.kvlist },
  { number: 7, name: 'bytes_value', kind: FieldKind.valueBytes, slot: ValueKind.bytes },
])

export const KEY_VALUE = new Message('KeyValue', Level.none, [
  { number: 1, name: 'key', kind: FieldKind.text, slot: ATTRIBUTE.keyStart },
  { number: 2, name: 'value', kind: FieldKind.anyValue, slot: ATTRIBUTE.kind, message: ANY_VALUE },
])

/** The rows that arrays and lists would be are nobody's: their fields are checked into scratch slots. */
export const ARRAY_VALUE = new Message('ArrayValue', Level.none, [
  { number: 1, name: 'values', kind: FieldKind.anyValue, slot: 0, message: ANY_VALUE },
])

export const KEY_VALUE_LIST = new Message('KeyValueList', Level.none, [
  { number: 1, name: 'values', kind: FieldKind.message, slot: 0, message: KEY_VALUE },
])

ANY_VALUE.contain(5, ARRAY_VALUE)
ANY_VALUE.contain(6, KEY_VALUE_LIST)

export const RESOURCE_MESSAGE = new Message('Resource', Level.none, [
  attributes(1, RESOURCE.attributesFirst),
  {
    number: 2,
    name: 'dropped_attributes_count',
    kind: FieldKind.varint32,
    slot: RESOURCE.droppedAttributesCount,
  },
])

export const INSTRUMENTATION_SCOPE = new Message('InstrumentationScope', Level.none, [
  { number: 1, name: 'name', kind: FieldKind.text, slot: SCOPE.nameStart },
  { number: 2, name: 'version', kind: FieldKind.text, slot: SCOPE.versionStart },
  attributes(3, SCOPE.attributesFirst),
  {
    number: 4,
    name: 'dropped_attributes_count',
    kind: FieldKind.varint32,
    slot: SCOPE.droppedAttributesCount,
  },
])

/** A `repeated KeyValue attributes` field whose first/count slots stand from `slot` on. */
export function attributes(number: number, slot: number, name = 'attributes'): Field {
  return { number, name, kind: FieldKind.attributes, slot, message: KEY_VALUE }
}

export function text(number: number, name: string, slot: number): Field {
  return { number, name, kind: FieldKind.text, slot }
}

export function fixed64(number: number, name: string, slot: number): Field {
  return { number, name, kind: FieldKind.fixed64, slot }
}

/** Fields that are a message each, or rows of them. */
export function rows(number: number, name: string, message: Message, slot = 0): Field {
  return { number, name, kind: FieldKind.rows, slot, message }
}

export function traceId(number: number, slot: number): Field {
  return { number, name: 'trace_id', kind: FieldKind.id, slot, id: { length: 16, invalid: 'invalidTraceId' } }
}

export function spanId(number: number, slot: number, name = 'span_id'): Field {
  return { number, name, kind: FieldKind.id, slot, id: { length: 8, invalid: 'invalidSpanId' } }
}

/** The messages around the records are the same for every signal but for their names. */
export function groups(
  signal: { readonly plural: string; readonly rows: string },
  record: Message,
): { readonly scope: Message; readonly resource: Message } {
  const { plural } = signal
  const scope = new Message(`Scope${plural}`, Level.scope, [
    { number: 1, name: 'scope', kind: FieldKind.message, slot: 0, message: INSTRUMENTATION_SCOPE },
    rows(2, signal.rows, record),
    text(3, 'schema_url', SCOPE.schemaUrlStart),
  ])
  const resource = new Message(`Resource${plural}`, Level.resource, [
    { number: 1, name: 'resource', kind: FieldKind.message, slot: 0, message: RESOURCE_MESSAGE },
    rows(2, `scope_${plural.toLowerCase()}`, scope),
    text(3, 'schema_url', RESOURCE.schemaUrlStart),
  ])
  return { scope, resource }
}
