import { LOG } from '../../otlp/slots.ts'
import { recordAttributes, recordAttributeTypes, value, valueType } from './attribute-columns.ts'
import type { SignalRows } from './rows.ts'
import { rowSettings } from './settings.ts'
import {
  deliveryColumns,
  ownerColumns,
  placeColumns,
  resourceColumn,
  retentionColumn,
  scopeColumns,
} from './shared-columns.ts'
import { id, lowCardinality, word32, words64 } from './signal-columns.ts'
import type { Table } from './table.ts'
import { DELTA_ZSTD, idText, LETTERS_COMMENT, NANOSECONDS, ZSTD, ZSTD3 } from './types.ts'

/** Chosen by measurement: docs/adr/0009-sort-key.md. */
const SORT_KEY = ['TenantId', 'AppId', 'Timestamp']

/** One row per log record that was kept. What its resource says once for many rows stands in `resources`. */
export const logs: Table<SignalRows> = {
  name: 'logs',
  comment: 'Log records, one row each',
  columns: [
    ...ownerColumns,
    words64('Timestamp', NANOSECONDS, LOG.timeLow, {
      codec: DELTA_ZSTD,
      comment: 'time_unix_nano after the clock rules',
    }),
    words64('ObservedTimestamp', NANOSECONDS, LOG.observedTimeLow, { codec: DELTA_ZSTD }),
    words64('SourceTime', NANOSECONDS, LOG.sourceTimeLow, {
      codec: DELTA_ZSTD,
      comment: 'Stamp of the container runtime, else Timestamp',
    }),
    resourceColumn,
    ...deliveryColumns,
    retentionColumn,
    ...placeColumns,
    id('TraceId', 16, LOG.traceIdStart, { codec: ZSTD, comment: 'Zeros where absent' }),
    id('SpanId', 8, LOG.spanIdStart, { codec: ZSTD, comment: 'Zeros where absent' }),
    word32('TraceFlags', 'UInt32', LOG.flags, { codec: ZSTD }),
    lowCardinality('SeverityText', LOG.severityTextStart, { codec: ZSTD }),
    word32('SeverityNumber', 'Int32', LOG.severityNumber, { codec: ZSTD }),
    value('Body', LOG.bodyKind, { codec: ZSTD3, comment: 'Text; arrays and lists as JSON, bytes as base64' }),
    valueType('BodyType', LOG.bodyKind, {
      codec: ZSTD,
      comment: 'Letter of the kind, as in LogAttributeTypes',
    }),
    lowCardinality('EventName', LOG.eventNameStart, { codec: ZSTD }),
    ...scopeColumns,
    recordAttributes('LogAttributes', { codec: ZSTD3 }),
    recordAttributeTypes('LogAttributeTypes', { codec: ZSTD, comment: LETTERS_COMMENT }),
    word32('DroppedAttributesCount', 'UInt32', LOG.droppedAttributesCount, { codec: ZSTD }),
  ],
  engine: 'MergeTree',
  orderBy: SORT_KEY,
  partitionBy: '(toDate(Timestamp), RetentionDays)',
  ttl: 'toDateTime(Timestamp) + toIntervalDay(RetentionDays)',
  indexes: [
    { name: 'idx_timestamp', expression: 'Timestamp', type: 'minmax', granularity: 1 },
    { name: 'idx_seq', expression: 'Seq', type: 'minmax', granularity: 1 },
    { name: 'idx_pod', expression: 'Pod', type: 'bloom_filter(0.01)', granularity: 1 },
    { name: 'idx_trace_id', expression: idText('TraceId'), type: 'bloom_filter(0.001)', granularity: 1 },
    { name: 'idx_body', expression: 'lower(Body)', type: 'full_text', granularity: 8 },
  ],
  settings: rowSettings,
  shardBy: 'ResourceFingerprint',
  delivery: 'once',
}
