import type { Batch } from '../batch.ts'
import { ATTRIBUTE, RESOURCE, SCOPE, ValueKind } from '../slots.ts'
import type { WireWriter } from '../wire/wire-writer.ts'

/** Parts of a scanned batch written as protobuf again, with what processors changed. */

const KEY_VALUE = { key: 1, value: 2 } as const
const RESOURCE_FIELDS = { attributes: 1, droppedAttributesCount: 2 } as const
const SCOPE_FIELDS = { name: 1, version: 2, attributes: 3, droppedAttributesCount: 4 } as const
/** Of ResourceLogs, ResourceSpans and ResourceMetrics alike, and of their scopes. */
const OWNER = { self: 1, schemaUrl: 3 } as const

/** What a ResourceLogs, ResourceSpans or ResourceMetrics says of its resource: the fields `resource` and `schema_url`. */
export function writeResource(writer: WireWriter, batch: Batch, resource: number): void {
  const { data, stride } = batch.resources
  const at = resource * stride
  const start = writer.begin(OWNER.self)
  const first = data[at + RESOURCE.attributesFirst]!
  writeAttributes(writer, RESOURCE_FIELDS.attributes, batch, first, data[at + RESOURCE.attributesCount]!)
  writeNumber(writer, RESOURCE_FIELDS.droppedAttributesCount, data[at + RESOURCE.droppedAttributesCount]!)
  writer.end(start)
  const schemaUrlEnd = data[at + RESOURCE.schemaUrlEnd]!
  writeText(writer, OWNER.schemaUrl, batch, data[at + RESOURCE.schemaUrlStart]!, schemaUrlEnd)
}

/** The same of a ScopeLogs, ScopeSpans or ScopeMetrics: `scope` and `schema_url`. */
export function writeScope(writer: WireWriter, batch: Batch, scope: number): void {
  const { data, stride } = batch.scopes
  const at = scope * stride
  const start = writer.begin(OWNER.self)
  writeText(writer, SCOPE_FIELDS.name, batch, data[at + SCOPE.nameStart]!, data[at + SCOPE.nameEnd]!)
  writeText(writer, SCOPE_FIELDS.version, batch, data[at + SCOPE.versionStart]!, data[at + SCOPE.versionEnd]!)
  const first = data[at + SCOPE.attributesFirst]!
  writeAttributes(writer, SCOPE_FIELDS.attributes, batch, first, data[at + SCOPE.attributesCount]!)
  writeNumber(writer, SCOPE_FIELDS.droppedAttributesCount, data[at + SCOPE.droppedAttributesCount]!)
  writer.end(start)
  writeText(writer, OWNER.schemaUrl, batch, data[at + SCOPE.schemaUrlStart]!, data[at + SCOPE.schemaUrlEnd]!)
}

/** Rows of `batch.attributes`, each as a field `number` of type KeyValue. */
export function writeAttributes(
  writer: WireWriter,
  number: number,
  batch: Batch,
  first: number,
  count: number,
): void {
  for (let row = first; row < first + count; row++) writeAttribute(writer, number, batch, row)
}

/** One of them. */
export function writeAttribute(writer: WireWriter, number: number, batch: Batch, row: number): void {
  const start = writer.begin(number)
  writeKeyValue(writer, batch, row)
  writer.end(start)
}

/** The content of that field: a KeyValue message. */
export function writeKeyValue(writer: WireWriter, batch: Batch, row: number): void {
  const { data, stride } = batch.attributes
  const at = row * stride
  writer.range(KEY_VALUE.key, batch.bytes, data[at + ATTRIBUTE.keyStart]!, data[at + ATTRIBUTE.keyEnd]!)
  const valueStart = data[at + ATTRIBUTE.valueStart]!
  writeValue(
    writer,
    KEY_VALUE.value,
    batch,
    data[at + ATTRIBUTE.kind]!,
    valueStart,
    data[at + ATTRIBUTE.valueEnd]!,
  )
}

/** A field `number` of type AnyValue; kind, start and end are those of a scanned batch (`ValueKind`). */
export function writeValue(
  writer: WireWriter,
  number: number,
  { bytes }: Batch,
  kind: number,
  start: number,
  end: number,
): void {
  const from = writer.begin(number)
  // The kinds are numbered as the fields of AnyValue.
  if (kind === ValueKind.bool) writer.number(kind, start)
  else if (kind === ValueKind.int) {
    writer.varintTag(kind)
    writer.raw(bytes, start, end)
  } else if (kind === ValueKind.double)
    writer.words(kind, bytes.readUInt32LE(start), bytes.readUInt32LE(start + 4))
  else if (kind !== ValueKind.empty) writer.range(kind, bytes, start, end)
  writer.end(from)
}

/** A string or bytes field, or nothing if it is empty. */
export function writeText(
  writer: WireWriter,
  number: number,
  { bytes }: Batch,
  start: number,
  end: number,
): void {
  if (start < end) writer.range(number, bytes, start, end)
}

/** A number field, or nothing if it is 0. */
export function writeNumber(writer: WireWriter, number: number, value: number): void {
  if (value !== 0) writer.number(number, value)
}
