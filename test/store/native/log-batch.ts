import { Batch } from '../../../src/otlp/batch.ts'
import { ATTRIBUTE, LOG, RESOURCE, SCOPE, ValueKind } from '../../../src/otlp/slots.ts'
import type { ResolvedResource, SignalRows } from '../../../src/store/tables/rows.ts'

/** An AnyValue, with the text that must be stored for it where that isn't obvious. */
export type Value =
  | { readonly kind: 'empty' }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

export type Attribute = { readonly key: string; readonly value: Value }

export type LogRecord = {
  readonly time: bigint
  readonly observedTime: bigint
  readonly sourceTime: bigint
  readonly severityNumber: number
  readonly severityText: string
  readonly body: Value
  readonly attributes: ReadonlyArray<Attribute>
  readonly droppedAttributesCount: number
  readonly flags: number
  /** Lower hex, empty if absent. */
  readonly traceId: string
  readonly spanId: string
  readonly eventName: string
  /** Index into the batch's resources and scopes. */
  readonly resource: number
  readonly scope: number
}

export type Scope = {
  readonly name: string
  readonly version: string
  readonly schemaUrl: string
  readonly droppedAttributesCount: number
  readonly attributes: ReadonlyArray<Attribute>
}

export const aRecord: LogRecord = {
  time: 1_785_000_000_123_456_789n,
  observedTime: 1_785_000_001_000_000_001n,
  sourceTime: 1_785_000_000_123_456_780n,
  severityNumber: 9,
  severityText: 'INFO',
  body: { kind: 'string', text: 'it works' },
  attributes: [],
  droppedAttributesCount: 0,
  flags: 0,
  traceId: '',
  spanId: '',
  eventName: '',
  resource: 0,
  scope: 0,
}

export const aScope: Scope = {
  name: '',
  version: '',
  schemaUrl: '',
  droppedAttributesCount: 0,
  attributes: [],
}

export const aResource: ResolvedResource = {
  tenantId: 'default',
  fingerprintLow: 0x89abcdef,
  fingerprintHigh: 0xf1234567,
  serviceName: 'checkout',
  appId: 'shop',
  environment: 'prod',
  cluster: 'eu-1',
  namespace: 'shop',
  pod: 'checkout-7d9f',
  container: 'main',
  retentionDays: 30,
  schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
  droppedAttributesCount: 3,
  attributeKeys: ['k8s.pod.name', 'service.name'],
  attributeValues: ['checkout-7d9f', 'checkout'],
  attributeTypes: 'ss',
}

/** A batch as the scanner makes it: everything as ranges in one buffer, in no particular order. */
export function logBatch(
  records: ReadonlyArray<LogRecord>,
  scopes: ReadonlyArray<Scope> = [aScope],
  resources = 1,
): Batch {
  const batch = new Batch('logs', LOG.stride)
  batch.begin(Buffer.alloc(0))
  for (let i = 0; i < resources; i++) batch.resources.data[batch.resources.add() + RESOURCE.tenant] = 0
  for (const scope of scopes) {
    const at = batch.scopes.add()
    const first = putAttributes(batch, scope.attributes)
    putString(batch, batch.scopes.data, at + SCOPE.nameStart, scope.name)
    putString(batch, batch.scopes.data, at + SCOPE.versionStart, scope.version)
    putString(batch, batch.scopes.data, at + SCOPE.schemaUrlStart, scope.schemaUrl)
    batch.scopes.data[at + SCOPE.attributesFirst] = first
    batch.scopes.data[at + SCOPE.attributesCount] = scope.attributes.length
    batch.scopes.data[at + SCOPE.droppedAttributesCount] = scope.droppedAttributesCount
  }
  for (const record of records) putRecord(batch, record)
  batch.openVerdicts()
  return batch
}

/** All records of `batch` as the rows of one partition. */
export function rowsOf(
  batch: Batch,
  resources: ReadonlyArray<ResolvedResource> = [aResource],
  seq = 0n,
): SignalRows {
  const { count } = batch.records
  return {
    batch,
    count,
    index: Uint32Array.from({ length: count }, (_, i) => i),
    resources,
    gatewayId: 'gw-1',
    seqLow: Number(seq & 0xffff_ffffn),
    seqHigh: Number(seq >> 32n),
  }
}

function putRecord(batch: Batch, record: LogRecord): void {
  const at = batch.records.add()
  const first = putAttributes(batch, record.attributes)
  const { data } = batch.records
  data[at + LOG.resource] = record.resource
  data[at + LOG.scope] = record.scope
  data[at + LOG.attributesFirst] = first
  data[at + LOG.attributesCount] = record.attributes.length
  putWords(data, at + LOG.timeLow, record.time)
  putWords(data, at + LOG.observedTimeLow, record.observedTime)
  putWords(data, at + LOG.sourceTimeLow, record.sourceTime)
  data[at + LOG.severityNumber] = record.severityNumber
  data[at + LOG.droppedAttributesCount] = record.droppedAttributesCount
  data[at + LOG.flags] = record.flags
  putString(batch, data, at + LOG.severityTextStart, record.severityText)
  putString(batch, data, at + LOG.eventNameStart, record.eventName)
  putValue(batch, data, at + LOG.bodyKind, record.body)
  putId(batch, data, at + LOG.traceIdStart, record.traceId)
  putId(batch, data, at + LOG.spanIdStart, record.spanId)
}

function putAttributes(batch: Batch, attributes: ReadonlyArray<Attribute>): number {
  const first = batch.attributes.count
  for (const { key, value } of attributes) {
    const at = batch.attributes.add()
    putString(batch, batch.attributes.data, at + ATTRIBUTE.keyStart, key)
    putValue(batch, batch.attributes.data, at + ATTRIBUTE.kind, value)
  }
  return first
}

function putRange(batch: Batch, data: Uint32Array, at: number, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  data[at] = batch.appendBytes(bytes)
  data[at + 1] = batch.byteLength
}

function putString(batch: Batch, data: Uint32Array, at: number, text: string): void {
  putRange(batch, data, at, Buffer.from(text))
}

function putId(batch: Batch, data: Uint32Array, at: number, hex: string): void {
  if (hex === '') return
  data[at] = batch.appendBytes(Buffer.from(hex, 'hex'))
  data[at + 1] = hex.length / 2
}

function putWords(data: Uint32Array, at: number, value: bigint): void {
  data[at] = Number(value & 0xffff_ffffn)
  data[at + 1] = Number(value >> 32n)
}

function putValue(batch: Batch, data: Uint32Array, at: number, value: Value): void {
  data[at] = ValueKind[value.kind]
  if (value.kind === 'bool') data[at + 1] = value.value ? 1 : 0
  else putRange(batch, data, at + 1, contentOf(value))
}

function contentOf(value: Exclude<Value, { kind: 'bool' }>): Uint8Array {
  switch (value.kind) {
    case 'empty':
      return Buffer.alloc(0)
    case 'string':
      return Buffer.from(value.text)
    case 'bytes':
      return value.value
    case 'int':
      return varint(BigInt.asUintN(64, value.value))
    case 'double': {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(value.value)
      return bytes
    }
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
