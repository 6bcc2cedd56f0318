import protobuf from 'protobufjs'
import { MESSAGES } from './proto/tables.ts'
import type { KeyValue, LogsRequest, MetricsRequest, TracesRequest } from './proto/types.ts'

/** OTLP's messages for protobufjs, an implementation that shares nothing with Weir: the oracle of the tests. */

export type * from './proto/types.ts'

function message(fields: Readonly<Record<string, string>>, opaque: ReadonlySet<string>): protobuf.IType {
  const type: protobuf.IType = { fields: {} }
  const members: string[] = []
  for (const [name, text] of Object.entries(fields)) {
    const [id, ...rest] = text.split(' ')
    const last = rest.at(-1)!
    if (rest.includes('oneof')) members.push(name)
    type.fields[name] = { id: Number(id), type: opaque.has(last) ? 'bytes' : last, ...ruleOf(rest) }
  }
  if (members.length > 0) type.oneofs = { value: { oneof: members } }
  return type
}

function ruleOf(words: ReadonlyArray<string>): object {
  if (words.includes('packed')) return { rule: 'repeated', options: { packed: true } }
  // Else protobufjs would not write a zero that is present.
  if (words.includes('optional')) return { options: { features: { field_presence: 'EXPLICIT' } } }
  return words.includes('repeated') ? { rule: 'repeated' } : {}
}

/** The messages of tables.ts, with fields of the `opaque` types read as bytes. */
export function rootOf(opaque: ReadonlySet<string>): protobuf.Root {
  const nested = Object.entries(MESSAGES).map(([name, fields]) => [name, message(fields, opaque)])
  return protobuf.Root.fromJSON({ nested: Object.fromEntries(nested) })
}

const root = rootOf(new Set())

/** The protobufjs type of one of the messages. */
export function protoType(name: string): protobuf.Type {
  return root.lookupType(name)
}

/** Any message of tables.ts as protobuf bytes, encoded by protobufjs. Names as in OTLP/JSON (lowerCamelCase). */
export function encodeMessage(name: string, value: object): Buffer {
  const type = protoType(name)
  return Buffer.from(type.encode(type.fromObject(value)).finish())
}

export function encodeLogsRequest(request: LogsRequest): Buffer {
  return encodeMessage('ExportLogsServiceRequest', request)
}

export function encodeTracesRequest(request: TracesRequest): Buffer {
  return encodeMessage('ExportTraceServiceRequest', request)
}

export function encodeMetricsRequest(request: MetricsRequest): Buffer {
  return encodeMessage('ExportMetricsServiceRequest', request)
}

/** What protobufjs makes of the bytes: 64-bit numbers as bigint, bytes as Buffer, absent fields absent. Throws on malformed bytes. */
export function decodeMessage(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = protoType(name)
  return type.toObject(type.decode(bytes), { longs: BigInt, bytes: Buffer })
}

export function decodeLogsRequest(bytes: Uint8Array): LogsRequest {
  return decodeMessage('ExportLogsServiceRequest', bytes) as LogsRequest
}

export function decodeTracesRequest(bytes: Uint8Array): TracesRequest {
  return decodeMessage('ExportTraceServiceRequest', bytes) as TracesRequest
}

export function decodeMetricsRequest(bytes: Uint8Array): MetricsRequest {
  return decodeMessage('ExportMetricsServiceRequest', bytes) as MetricsRequest
}

/** `key=value` pairs as attributes with string values, for tests that need nothing finer. */
export function stringAttributes(values: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
