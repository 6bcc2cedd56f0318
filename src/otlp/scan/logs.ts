import { LOG } from '../slots.ts'
import { ANY_VALUE, attributes, fixed64, groups, rows, spanId, text, traceId } from './common.ts'
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
  fixed64(1, 'time_unix_nano', LOG.timeLow),
  {
    number: 2,
    name: 'severity_number',
    kind: FieldKind.varint32,
    slot: LOG.severityNumber,
    names: SEVERITY_NUMBERS,
  },
  text(3, 'severity_text', LOG.severityTextStart),
  { number: 5, name: 'body', kind: FieldKind.anyValue, slot: LOG.bodyKind, message: ANY_VALUE },
  attributes(6, LOG.attributesFirst),
  { number: 7, name: 'dropped_attributes_count', kind: FieldKind.varint32, slot: LOG.droppedAttributesCount },
  { number: 8, name: 'flags', kind: FieldKind.fixed32, slot: LOG.flags },
  traceId(9, LOG.traceIdStart),
  spanId(10, LOG.spanIdStart),
  fixed64(11, 'observed_time_unix_nano', LOG.observedTimeLow),
  text(12, 'event_name', LOG.eventNameStart),
])

const { resource } = groups({ plural: 'Logs', rows: 'log_records' }, LOG_RECORD)

export const EXPORT_LOGS_SERVICE_REQUEST = new Message('ExportLogsServiceRequest', Level.none, [
  rows(1, 'resource_logs', resource),
])
