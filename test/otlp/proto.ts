import protobuf from 'protobufjs'

/**
 * OTLP's log messages for protobufjs, an implementation that shares nothing with Weir: the oracle of the tests.
 * Names and numbers from opentelemetry-proto 1.x (logs/v1, common/v1, resource/v1, collector/logs/v1) and
 * google.rpc (status.proto, error_details.proto).
 */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ExportLogsServiceRequest: { resourceLogs: '1 repeated ResourceLogs' },
  ResourceLogs: { resource: '1 Resource', scopeLogs: '2 repeated ScopeLogs', schemaUrl: '3 string' },
  Resource: { attributes: '1 repeated KeyValue', droppedAttributesCount: '2 uint32' },
  ScopeLogs: { scope: '1 InstrumentationScope', logRecords: '2 repeated LogRecord', schemaUrl: '3 string' },
  InstrumentationScope: {
    name: '1 string',
    version: '2 string',
    attributes: '3 repeated KeyValue',
    droppedAttributesCount: '4 uint32',
  },
  LogRecord: {
    timeUnixNano: '1 fixed64',
    severityNumber: '2 int32',
    severityText: '3 string',
    body: '5 AnyValue',
    attributes: '6 repeated KeyValue',
    droppedAttributesCount: '7 uint32',
    flags: '8 fixed32',
    traceId: '9 bytes',
    spanId: '10 bytes',
    observedTimeUnixNano: '11 fixed64',
    eventName: '12 string',
  },
  KeyValue: { key: '1 string', value: '2 AnyValue' },
  AnyValue: {
    stringValue: '1 oneof string',
    boolValue: '2 oneof bool',
    intValue: '3 oneof int64',
    doubleValue: '4 oneof double',
    arrayValue: '5 oneof ArrayValue',
    kvlistValue: '6 oneof KeyValueList',
    bytesValue: '7 oneof bytes',
  },
  ArrayValue: { values: '1 repeated AnyValue' },
  KeyValueList: { values: '1 repeated KeyValue' },
  ExportLogsServiceResponse: { partialSuccess: '1 ExportLogsPartialSuccess' },
  ExportLogsPartialSuccess: { rejectedLogRecords: '1 int64', errorMessage: '2 string' },
  Status: { code: '1 int32', message: '2 string', details: '3 repeated Any' },
  Any: { typeUrl: '1 string', value: '2 bytes' },
  RetryInfo: { retryDelay: '1 Duration' },
  Duration: { seconds: '1 int64', nanos: '2 int32' },
}

function message(fields: Readonly<Record<string, string>>, opaque: ReadonlySet<string>): protobuf.IType {
  const type: protobuf.IType = { fields: {} }
  const members: string[] = []
  for (const [name, text] of Object.entries(fields)) {
    const [id, ...rest] = text.split(' ')
    const last = rest.at(-1)!
    const rule = rest.includes('repeated') ? { rule: 'repeated' } : {}
    if (rest.includes('oneof')) members.push(name)
    type.fields[name] = { id: Number(id), type: opaque.has(last) ? 'bytes' : last, ...rule }
  }
  if (members.length > 0) type.oneofs = { value: { oneof: members } }
  return type
}

/** The messages above, with fields of the `opaque` types read as bytes. */
export function rootOf(opaque: ReadonlySet<string>): protobuf.Root {
  const nested = Object.entries(FIELDS).map(([name, fields]) => [name, message(fields, opaque)])
  return protobuf.Root.fromJSON({ nested: Object.fromEntries(nested) })
}

const root = rootOf(new Set())

/** The protobufjs type of one of the messages above. */
export function protoType(name: string): protobuf.Type {
  return root.lookupType(name)
}

/** 64-bit integers: a decimal string or bigint wherever a number would lose digits. */
export type Long = number | string | bigint

/** A plain AnyValue: exactly one member, or none for the empty value. */
export type AnyValue = {
  stringValue?: string
  boolValue?: boolean
  intValue?: Long
  doubleValue?: number
  arrayValue?: { values?: AnyValue[] }
  kvlistValue?: { values?: KeyValue[] }
  bytesValue?: Uint8Array
}
export type KeyValue = { key?: string; value?: AnyValue }

export type LogRecord = {
  timeUnixNano?: Long
  observedTimeUnixNano?: Long
  severityNumber?: number
  severityText?: string
  body?: AnyValue
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  flags?: number
  traceId?: Uint8Array
  spanId?: Uint8Array
  eventName?: string
}
export type InstrumentationScope = {
  name?: string
  version?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
}
export type ScopeLogs = { scope?: InstrumentationScope; logRecords?: LogRecord[]; schemaUrl?: string }
export type Resource = { attributes?: KeyValue[]; droppedAttributesCount?: number }
export type ResourceLogs = { resource?: Resource; scopeLogs?: ScopeLogs[]; schemaUrl?: string }
export type LogsRequest = { resourceLogs?: ResourceLogs[] }

/** Any message of the table above as protobuf bytes, encoded by protobufjs. */
export function encodeMessage(name: string, value: object): Buffer {
  const type = protoType(name)
  return Buffer.from(type.encode(type.fromObject(value)).finish())
}

/** An ExportLogsServiceRequest as protobuf bytes, encoded by protobufjs. Names as in OTLP/JSON (lowerCamelCase). */
export function encodeLogsRequest(request: LogsRequest): Buffer {
  return encodeMessage('ExportLogsServiceRequest', request)
}

/** What protobufjs makes of the bytes: 64-bit numbers as bigint, bytes as Buffer, absent fields absent. Throws on malformed bytes. */
export function decodeMessage(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = protoType(name)
  return type.toObject(type.decode(bytes), { longs: BigInt, bytes: Buffer })
}

export function decodeLogsRequest(bytes: Uint8Array): LogsRequest {
  return decodeMessage('ExportLogsServiceRequest', bytes) as LogsRequest
}

/** `key=value` pairs as attributes with string values, for tests that need nothing finer. */
export function stringAttributes(values: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
