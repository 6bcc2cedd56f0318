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

const hex = (bytes: Uint8Array | undefined, length: number): string => {
  const known = bytes?.some((byte) => byte !== 0)
  return (bytes && known ? Buffer.from(bytes).toString('hex') : '0'.repeat(2 * length)).toUpperCase()
}

/** Times are nanoseconds, as text. The record's own times must be within what the clock rules let pass. */
export function expectedRow(
  resource: Resource,
  scope: InstrumentationScope,
  scopeSchemaUrl: string,
  record: LogRecord,
): ExpectedRow {
  const facts = mapOf(resource.attributes)
  const time = String(record.timeUnixNano)
  return {
    TenantId: 'default',
    ServiceName: facts['service.name'] ?? '',
    AppId: facts['loco.resource.id'] || facts['service.name'] || facts['k8s.deployment.name'] || '',
    Namespace: facts['k8s.namespace.name'] ?? '',
    Pod: facts['k8s.pod.name'] ?? '',
    Container: facts['k8s.container.name'] ?? '',
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
    ScopeName: scope.name ?? '',
    ScopeVersion: scope.version ?? '',
    ScopeSchemaUrl: scopeSchemaUrl,
    ScopeAttributes: mapOf(scope.attributes),
    ScopeAttributeTypes: lettersOf(scope.attributes),
    ScopeDroppedAttributesCount: scope.droppedAttributesCount ?? 0,
    LogAttributes: mapOf(record.attributes),
    LogAttributeTypes: lettersOf(record.attributes),
    DroppedAttributesCount: record.droppedAttributesCount ?? 0,
  }
}

/** Reads a row in the shape of {@link ExpectedRow}, by ClickHouse alone. */
export const ROW_COLUMNS = `TenantId, ServiceName, AppId, Namespace, Pod, Container,
  toString(toUnixTimestamp64Nano(Timestamp)) AS Time, toString(toUnixTimestamp64Nano(ObservedTimestamp)) AS Observed,
  toString(toUnixTimestamp64Nano(SourceTime)) AS Source, RetentionDays, hex(TraceId) AS TraceId, hex(SpanId) AS SpanId,
  TraceFlags, SeverityText, SeverityNumber, Body, BodyType, EventName, ScopeName, ScopeVersion, ScopeSchemaUrl,
  ScopeAttributes, ScopeAttributeTypes, ScopeDroppedAttributesCount, LogAttributes, LogAttributeTypes, DroppedAttributesCount`
