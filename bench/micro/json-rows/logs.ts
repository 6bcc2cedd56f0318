import type { LogRecord, LogsRequest } from '../../../test/otlp/proto.ts'
import {
  hex,
  type JsonRow,
  mapOf,
  nanoseconds,
  type ResourceColumns,
  resourceColumns,
  type ScopeColumns,
  scopeColumns,
  text,
} from './common.ts'

/** Hands every record of a decoded request over as a row with the columns of the exporter's `otel_logs`. */
export function eachLog(request: LogsRequest, take: (row: JsonRow) => void): void {
  for (const resourceLogs of request.resourceLogs ?? []) {
    const resource = resourceColumns(resourceLogs)
    for (const scopeLogs of resourceLogs.scopeLogs ?? []) {
      const scope = scopeColumns(scopeLogs)
      for (const record of scopeLogs.logRecords ?? []) take(rowOf(record, resource, scope))
    }
  }
}

function rowOf(record: LogRecord, resource: ResourceColumns, scope: ScopeColumns): JsonRow {
  return {
    Timestamp: nanoseconds(record.timeUnixNano),
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
