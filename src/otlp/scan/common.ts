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
export function attributes(number: number, slot: number): Field {
  return { number, name: 'attributes', kind: FieldKind.attributes, slot, message: KEY_VALUE }
}
