import type { KeyValue, LogRecord, LogsRequest, ResourceLogs } from '../../test/otlp/proto.ts'

/** What protobufjs leaves of a 64-bit field: a Long of the package `long`. */
type Decoded = { toString(): string }

export type JsonRow = Readonly<Record<string, unknown>>

/** Hands every record of a decoded request over as a row with the columns of the exporter's `otel_logs`. */
export function eachRow(request: LogsRequest, take: (row: JsonRow) => void): void {
  for (const resourceLogs of request.resourceLogs ?? []) {
    const resource = resourceColumns(resourceLogs)
    for (const { scope, logRecords, schemaUrl } of resourceLogs.scopeLogs ?? []) {
      const scopeColumns = {
        ScopeSchemaUrl: schemaUrl ?? '',
        ScopeName: scope?.name ?? '',
        ScopeVersion: scope?.version ?? '',
        ScopeAttributes: mapOf(scope?.attributes),
      }
      for (const record of logRecords ?? []) take(rowOf(record, resource, scopeColumns))
    }
  }
}

type ResourceColumns = ReturnType<typeof resourceColumns>
type ScopeColumns = {
  ScopeSchemaUrl: string
  ScopeName: string
  ScopeVersion: string
  ScopeAttributes: Record<string, string>
}

function resourceColumns({ resource, schemaUrl }: ResourceLogs) {
  const ResourceAttributes = mapOf(resource?.attributes)
  return {
    ServiceName: ResourceAttributes['service.name'] ?? '',
    ResourceSchemaUrl: schemaUrl ?? '',
    ResourceAttributes,
  }
}

function rowOf(record: LogRecord, resource: ResourceColumns, scope: ScopeColumns): JsonRow {
  return {
    Timestamp: nanoseconds(record.timeUnixNano as Decoded | undefined),
    TraceId: hex(record.traceId),
    SpanId: hex(record.spanId),
    TraceFlags: record.flags ?? 0,
    SeverityText: record.severityText ?? '',
    SeverityNumber: record.severityNumber ?? 0,
    ServiceName: resource.ServiceName,
    Body: text(record.body),
    ResourceSchemaUrl: resource.ResourceSchemaUrl,
    ResourceAttributes: resource.ResourceAttributes,
    ScopeSchemaUrl: scope.ScopeSchemaUrl,
    ScopeName: scope.ScopeName,
    ScopeVersion: scope.ScopeVersion,
    ScopeAttributes: scope.ScopeAttributes,
    LogAttributes: mapOf(record.attributes),
    EventName: record.eventName ?? '',
  }
}

/** ClickHouse takes a DateTime64(9) as digits with a point before the last nine. */
function nanoseconds(value: Decoded | undefined): string {
  const digits = (value ?? 0).toString().padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

function hex(id: Uint8Array | undefined): string {
  return id === undefined ? '' : (id as Buffer).toString('hex')
}

function mapOf(attributes: ReadonlyArray<KeyValue> | undefined): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { key, value } of attributes ?? []) map[key ?? ''] = text(value)
  return map
}

function text(value: KeyValue['value']): string {
  if (value == null) return ''
  if (value.stringValue != null) return value.stringValue
  if (value.intValue != null) return String(value.intValue)
  if (value.doubleValue != null) return String(value.doubleValue)
  if (value.boolValue != null) return String(value.boolValue)
  return JSON.stringify(value)
}
