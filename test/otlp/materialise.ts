import { type Batch, KEPT } from '../../src/otlp/batch.ts'
import type { RowTable } from '../../src/otlp/row-table.ts'
import type { ScanOutcomes } from '../../src/otlp/scan/index.ts'
import { ATTRIBUTE, LOG, RESOURCE, SCOPE, ValueKind } from '../../src/otlp/slots.ts'
import { decodeLenient } from './lenient-decode.ts'
import type { AnyValue, InstrumentationScope, KeyValue, LogRecord, LogsRequest, Resource } from './proto.ts'

/** One record with everything that stands around it; absent fields have protobuf's defaults. */
export type FlatRecord = {
  verdict: number
  resource: Required<Resource>
  resourceSchemaUrl: string
  scope: Required<InstrumentationScope>
  scopeSchemaUrl: string
  record: Required<LogRecord>
}

type Slots = Readonly<Record<string, number>>

/** Reads every record of a batch into plain objects, in order. For tests: slow, and it trusts nothing but the slots. */
export function materialise(batch: Batch): FlatRecord[] {
  return Array.from({ length: batch.records.count }, (_, i) => {
    const row = rowReader(batch, batch.records, LOG, i)
    const resource = rowReader(batch, batch.resources, RESOURCE, row.slot('resource'))
    const scope = rowReader(batch, batch.scopes, SCOPE, row.slot('scope'))
    return {
      verdict: batch.verdicts[i]!,
      resource: {
        attributes: resource.attributes(),
        droppedAttributesCount: resource.slot('droppedAttributesCount'),
      },
      resourceSchemaUrl: resource.text('schemaUrl'),
      scope: {
        name: scope.text('name'),
        version: scope.text('version'),
        attributes: scope.attributes(),
        droppedAttributesCount: scope.slot('droppedAttributesCount'),
      },
      scopeSchemaUrl: scope.text('schemaUrl'),
      record: {
        timeUnixNano: row.fixed64('time'),
        observedTimeUnixNano: row.fixed64('observedTime'),
        severityNumber: row.slot('severityNumber') | 0,
        severityText: row.text('severityText'),
        body: anyValueOf(batch, row.slot('bodyKind'), row.slot('bodyStart'), row.slot('bodyEnd')),
        attributes: row.attributes(),
        droppedAttributesCount: row.slot('droppedAttributesCount'),
        flags: row.slot('flags'),
        traceId: row.id('traceId'),
        spanId: row.id('spanId'),
        eventName: row.text('eventName'),
      },
    }
  })
}

function rowReader(batch: Batch, table: RowTable, slots: Slots, index: number) {
  const slot = (name: string): number => table.data[index * table.stride + slots[name]!]!
  return {
    slot,
    text: (name: string) => textOf(batch, slot(`${name}Start`), slot(`${name}End`)),
    fixed64: (name: string) => (BigInt(slot(`${name}High`)) << 32n) | BigInt(slot(`${name}Low`)),
    id: (name: string) =>
      Buffer.from(batch.bytes.subarray(slot(`${name}Start`), slot(`${name}Start`) + slot(`${name}Length`))),
    attributes: () => attributesOf(batch, slot('attributesFirst'), slot('attributesCount')),
  }
}

function attributesOf(batch: Batch, first: number, count: number): KeyValue[] {
  return Array.from({ length: count }, (_, i) => {
    const base = (first + i) * ATTRIBUTE.stride
    const slot = (name: keyof typeof ATTRIBUTE): number => batch.attributes.data[base + ATTRIBUTE[name]]!
    return {
      key: textOf(batch, slot('keyStart'), slot('keyEnd')),
      value: anyValueOf(batch, slot('kind'), slot('valueStart'), slot('valueEnd')),
    }
  })
}

function textOf(batch: Batch, start: number, end: number): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(batch.bytes.subarray(start, end))
}

function anyValueOf(batch: Batch, kind: number, start: number, end: number): AnyValue {
  const bytes = batch.bytes.subarray(start, end)
  switch (kind) {
    case ValueKind.string:
      return { stringValue: textOf(batch, start, end) }
    case ValueKind.bool:
      return { boolValue: start === 1 }
    case ValueKind.int:
      return { intValue: varintOf(bytes) }
    case ValueKind.double:
      return { doubleValue: bytes.readDoubleLE() }
    case ValueKind.array:
      return normalised({ arrayValue: decodeLenient('ArrayValue', bytes) })
    case ValueKind.kvlist:
      return normalised({ kvlistValue: decodeLenient('KeyValueList', bytes) })
    case ValueKind.bytes:
      return { bytesValue: Buffer.from(bytes) }
    default:
      return {}
  }
}

function varintOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(
    64,
    bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n),
  )
}

/** What the batch should hold, from the request as protobufjs decodes it. */
export function flatten(request: LogsRequest, attributesMax: number, outcomes: ScanOutcomes): FlatRecord[] {
  const flat: FlatRecord[] = []
  const attributes = (list: KeyValue[] = []): KeyValue[] =>
    list.length > attributesMax ? [] : list.map(normalisedAttribute)
  const tooMany = (list: KeyValue[] = []): number =>
    list.length > attributesMax ? outcomes.tooManyAttributes : KEPT
  for (const { resource = {}, scopeLogs = [], schemaUrl: resourceSchemaUrl = '' } of request.resourceLogs ??
    [])
    for (const { scope = {}, logRecords = [], schemaUrl: scopeSchemaUrl = '' } of scopeLogs)
      for (const record of logRecords) {
        const { traceId = Buffer.alloc(0), spanId = Buffer.alloc(0) } = record
        const isBadTrace = traceId.length % 16 !== 0 || traceId.length > 16
        const isBadSpan = spanId.length % 8 !== 0 || spanId.length > 8
        flat.push({
          verdict:
            tooMany(resource.attributes) ||
            tooMany(scope.attributes) ||
            (isBadTrace && outcomes.invalidTraceId) ||
            (isBadSpan && outcomes.invalidSpanId) ||
            tooMany(record.attributes),
          resource: { droppedAttributesCount: 0, ...resource, attributes: attributes(resource.attributes) },
          resourceSchemaUrl,
          scope: {
            name: '',
            version: '',
            droppedAttributesCount: 0,
            ...scope,
            attributes: attributes(scope.attributes),
          },
          scopeSchemaUrl,
          record: {
            timeUnixNano: 0n,
            observedTimeUnixNano: 0n,
            severityNumber: 0,
            severityText: '',
            droppedAttributesCount: 0,
            flags: 0,
            eventName: '',
            ...record,
            body: normalised(record.body ?? {}),
            attributes: attributes(record.attributes),
            traceId: isBadTrace || traceId.every((byte) => byte === 0) ? Buffer.alloc(0) : traceId,
            spanId: isBadSpan || spanId.every((byte) => byte === 0) ? Buffer.alloc(0) : spanId,
          },
        })
      }
  return flat
}

function normalisedAttribute({ key = '', value = {} }: KeyValue): KeyValue {
  return { key, value: normalised(value) }
}

/** Absent keys, values and lists inside a value are the empty ones. */
function normalised(value: AnyValue): AnyValue {
  if (value.arrayValue) return { arrayValue: { values: (value.arrayValue.values ?? []).map(normalised) } }
  if (value.kvlistValue)
    return { kvlistValue: { values: (value.kvlistValue.values ?? []).map(normalisedAttribute) } }
  return value
}
