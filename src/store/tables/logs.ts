import { LOG, SCOPE } from '../../otlp/slots.ts'
import {
  recordAttributes,
  recordAttributeTypes,
  scopeAttributes,
  scopeAttributeTypes,
  value,
  valueType,
} from './attribute-columns.ts'
import type { SignalRows } from './rows.ts'
import { rowSettings } from './settings.ts'
import {
  gatewayId,
  id,
  lowCardinality,
  resourceFingerprint,
  resourceString,
  retentionDays,
  scopeDroppedAttributesCount,
  scopeString,
  seq,
  word32,
  words64,
} from './signal-columns.ts'
import type { Table } from './table.ts'
import { DELTA_ZSTD, idText, NANOSECONDS, ZSTD, ZSTD3 } from './types.ts'

/** Chosen by measurement: docs/adr/0009-sort-key.md. */
const SORT_KEY = ['TenantId', 'AppId', 'Timestamp']

/** One row per log record that was kept. What its resource says once for many rows stands in `resources`. */
export const logs: Table<SignalRows> = {
  name: 'logs',
  comment: 'Log records, one row each',
  columns: [
    resourceString('TenantId', (resource) => resource.tenantId, { codec: ZSTD }),
    resourceString('AppId', (resource) => resource.appId, { codec: ZSTD }),
    resourceString('ServiceName', (resource) => resource.serviceName, { codec: ZSTD }),
    words64('Timestamp', NANOSECONDS, LOG.timeLow, {
      codec: DELTA_ZSTD,
      comment: 'time_unix_nano after the clock rules',
    }),
    words64('ObservedTimestamp', NANOSECONDS, LOG.observedTimeLow, { codec: DELTA_ZSTD }),
    words64('SourceTime', NANOSECONDS, LOG.sourceTimeLow, {
      codec: DELTA_ZSTD,
      comment: 'Stamp of the container runtime, else Timestamp',
    }),
    resourceFingerprint('ResourceFingerprint', { codec: ZSTD, comment: 'Key into resources, with TenantId' }),
    gatewayId('GatewayId', { codec: ZSTD }),
    seq('Seq', { codec: DELTA_ZSTD, comment: 'Order of receipt, unique per GatewayId' }),
    retentionDays('RetentionDays', { codec: ZSTD, comment: 'Days from Timestamp after which the row goes' }),
    resourceString('Namespace', (resource) => resource.namespace, { codec: ZSTD }),
    resourceString('Pod', (resource) => resource.pod, { codec: ZSTD }),
    resourceString('Container', (resource) => resource.container, { codec: ZSTD }),
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
    scopeString('ScopeName', SCOPE.nameStart, { codec: ZSTD }),
    scopeString('ScopeVersion', SCOPE.versionStart, { codec: ZSTD }),
    scopeString('ScopeSchemaUrl', SCOPE.schemaUrlStart, { codec: ZSTD }),
    scopeAttributes('ScopeAttributes', { codec: ZSTD }),
    scopeAttributeTypes('ScopeAttributeTypes', { codec: ZSTD }),
    scopeDroppedAttributesCount('ScopeDroppedAttributesCount', { codec: ZSTD }),
    recordAttributes('LogAttributes', { codec: ZSTD3 }),
    recordAttributeTypes('LogAttributeTypes', {
      codec: ZSTD,
      comment:
        'A letter per attribute, in order: - none, s string, b bool, i int, d double, a array, k kvlist, B bytes',
    }),
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
