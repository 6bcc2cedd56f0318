import type { AnyValue, InstrumentationScope, KeyValue, LogRecord, Resource } from '../../otlp/proto.ts'

/** What ClickHouse must hold for a record, worked out from the plain message alone. */
export type ExpectedRow = Readonly<Record<string, unknown>>

function letterOf(value: AnyValue = {}): string {
  if (value.stringValue !== undefined) return 's'
  if (value.boolValue !== undefined) return 'b'
  if (value.intValue !== undefined) return 'i'
  if (value.doubleValue !== undefined) return 'd'
  if (value.arrayValue !== undefined) return 'a'
  if (value.kvlistValue !== undefined) return 'k'
  if (value.bytesValue !== undefined) return 'B'
  return '-'
}

function jsonOf(value: AnyValue = {}): string {
  if (value.arrayValue) return `[${(value.arrayValue.values ?? []).map(jsonOf).join(',')}]`
  if (value.kvlistValue)
    return `{${(value.kvlistValue.values ?? []).map(({ key = '', value: one }) => `${JSON.stringify(key)}:${jsonOf(one)}`).join(',')}}`
  if (value.stringValue !== undefined) return JSON.stringify(value.stringValue)
  if (value.bytesValue !== undefined) return JSON.stringify(textOf(value))
  if (value.doubleValue !== undefined && !Number.isFinite(value.doubleValue))
    return JSON.stringify(textOf(value))
  return letterOf(value) === '-' ? 'null' : textOf(value)
}

function textOf(value: AnyValue = {}): string {
  if (value.bytesValue !== undefined) return Buffer.from(value.bytesValue).toString('base64')
  if (value.arrayValue || value.kvlistValue) return jsonOf(value)
  if (Object.is(value.doubleValue, -0)) return '-0'
  return String(value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue ?? '')
}

export function mapOf(attributes: ReadonlyArray<KeyValue> = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key = '', value }) => [key, textOf(value)]))
}

export function lettersOf(attributes: ReadonlyArray<KeyValue> = []): string {
  return attributes.map(({ value }) => letterOf(value)).join('')
}

export const hex = (bytes: Uint8Array | undefined, length: number): string => {
  const known = bytes?.some((byte) => byte !== 0)
  return (bytes && known ? Buffer.from(bytes).toString('hex') : '0'.repeat(2 * length)).toUpperCase()
}

/** The columns that a resource decides. */
export function ownerOf(resource: Resource): ExpectedRow {
  const facts = mapOf(resource.attributes)
  return {
    TenantId: 'default',
    ServiceName: facts['service.name'] ?? '',
    AppId: facts['loco.resource.id'] || facts['service.name'] || facts['k8s.deployment.name'] || '',
    Namespace: facts['k8s.namespace.name'] ?? '',
    Pod: facts['k8s.pod.name'] ?? '',
    Container: facts['k8s.container.name'] ?? '',
  }
}
export const OWNER_COLUMNS = 'TenantId, ServiceName, AppId, Namespace, Pod, Container'

/** The columns that a scope decides. */
export function scopeOf(scope: InstrumentationScope, schemaUrl: string): ExpectedRow {
  return {
    ScopeName: scope.name ?? '',
    ScopeVersion: scope.version ?? '',
    ScopeSchemaUrl: schemaUrl,
    ScopeAttributes: mapOf(scope.attributes),
    ScopeAttributeTypes: lettersOf(scope.attributes),
    ScopeDroppedAttributesCount: scope.droppedAttributesCount ?? 0,
  }
}
export const SCOPE_COLUMNS =
  'ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeAttributeTypes, ScopeDroppedAttributesCount'

/** A column of DateTime64(9) as nanoseconds, in text. */
export const nanos = (column: string): string => `toString(toUnixTimestamp64Nano(${column}))`

/** Times are nanoseconds, as text. The record's own times must be within what the clock rules let pass. */
export function expectedRow(
  resource: Resource,
  scope: InstrumentationScope,
  scopeSchemaUrl: string,
  record: LogRecord,
): ExpectedRow {
  const time = String(record.timeUnixNano)
  return {
    ...ownerOf(resource),
    Time: time,
    Observed: String(record.observedTimeUnixNano),
    Source: time,
    RetentionDays: 30,
    TraceId: hex(record.traceId, 16),
    SpanId: hex(record.spanId, 8),
    TraceFlags: record.flags ?? 0,
    SeverityText: record.severityText ?? '',
    SeverityNumber: record.severityNumber ?? 0,
    Body: textOf(record.body),
    BodyType: letterOf(record.body),
    EventName: record.eventName ?? '',
    ...scopeOf(scope, scopeSchemaUrl),
    LogAttributes: mapOf(record.attributes),
    LogAttributeTypes: lettersOf(record.attributes),
    DroppedAttributesCount: record.droppedAttributesCount ?? 0,
  }
}

/** Reads a row in the shape of {@link ExpectedRow}, by ClickHouse alone. */
export const ROW_COLUMNS = `${OWNER_COLUMNS}, ${nanos('Timestamp')} AS Time, ${nanos('ObservedTimestamp')} AS Observed,
  ${nanos('SourceTime')} AS Source, RetentionDays, hex(TraceId) AS TraceId, hex(SpanId) AS SpanId,
  TraceFlags, SeverityText, SeverityNumber, Body, BodyType, EventName, ${SCOPE_COLUMNS}, LogAttributes, LogAttributeTypes,
  DroppedAttributesCount`

/** Rows without their order: those of one request may be in several partitions, which share it within a day only. */
export const byContent = (rows: ReadonlyArray<ExpectedRow>): string[] =>
  rows.map((row) => JSON.stringify(row)).sort()
