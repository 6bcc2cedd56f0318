import { LOG, RESOURCE, SCOPE } from '../slots.ts'
import { ANY_VALUE, attributes, INSTRUMENTATION_SCOPE, RESOURCE_MESSAGE } from './common.ts'
import { FieldKind, Level, Message } from './message.ts'

/** opentelemetry/proto/logs/v1/logs.proto and collector/logs/v1/logs_service.proto. */

/** SEVERITY_NUMBER_UNSPECIFIED, …_TRACE, …_TRACE2, … …_FATAL4. */
const SEVERITY_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['SEVERITY_NUMBER_UNSPECIFIED', 0],
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, i) =>
    ['', '2', '3', '4'].map((step, j) => [`SEVERITY_NUMBER_${name}${step}`, 4 * i + j + 1] as const),
  ),
])

export const LOG_RECORD = new Message('LogRecord', Level.record, [
  { number: 1, name: 'time_unix_nano', kind: FieldKind.fixed64, slot: LOG.timeLow },
  {
    number: 2,
    name: 'severity_number',
    kind: FieldKind.varint32,
    slot: LOG.severityNumber,
    names: SEVERITY_NUMBERS,
  },
  { number: 3, name: 'severity_text', kind: FieldKind.text, slot: LOG.severityTextStart },
  { number: 5, name: 'body', kind: FieldKind.anyValue, slot: LOG.bodyKind, message: ANY_VALUE },
  attributes(6, LOG.attributesFirst),
  { number: 7, name: 'dropped_attributes_count', kind: FieldKind.varint32, slot: LOG.droppedAttributesCount },
  { number: 8, name: 'flags', kind: FieldKind.fixed32, slot: LOG.flags },
  {
    number: 9,
    name: 'trace_id',
    kind: FieldKind.id,
    slot: LOG.traceIdStart,
    id: { length: 16, invalid: 'invalidTraceId' },
  },
  {
    number: 10,
    name: 'span_id',
    kind: FieldKind.id,
    slot: LOG.spanIdStart,
    id: { length: 8, invalid: 'invalidSpanId' },
  },
  { number: 11, name: 'observed_time_unix_nano', kind: FieldKind.fixed64, slot: LOG.observedTimeLow },
  { number: 12, name: 'event_name', kind: FieldKind.text, slot: LOG.eventNameStart },
])

export const SCOPE_LOGS = new Message('ScopeLogs', Level.scope, [
  { number: 1, name: 'scope', kind: FieldKind.message, slot: 0, message: INSTRUMENTATION_SCOPE },
  { number: 2, name: 'log_records', kind: FieldKind.rows, slot: 0, message: LOG_RECORD },
  { number: 3, name: 'schema_url', kind: FieldKind.text, slot: SCOPE.schemaUrlStart },
])

export const RESOURCE_LOGS = new Message('ResourceLogs', Level.resource, [
  { number: 1, name: 'resource', kind: FieldKind.message, slot: 0, message: RESOURCE_MESSAGE },
  { number: 2, name: 'scope_logs', kind: FieldKind.rows, slot: 0, message: SCOPE_LOGS },
  { number: 3, name: 'schema_url', kind: FieldKind.text, slot: RESOURCE.schemaUrlStart },
])

export const EXPORT_LOGS_SERVICE_REQUEST = new Message('ExportLogsServiceRequest', Level.none, [
  { number: 1, name: 'resource_logs', kind: FieldKind.rows, slot: 0, message: RESOURCE_LOGS },
])
