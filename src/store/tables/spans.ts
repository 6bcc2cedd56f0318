import { EVENT, LINK, SPAN } from '../../otlp/slots.ts'
import { recordAttributes, recordAttributeTypes, text } from './attribute-columns.ts'
import {
  type OwnRows,
  ownAttributes,
  ownAttributeTypes,
  ownId,
  ownLowCardinality,
  ownString,
  ownWord32,
  ownWords64,
} from './own-row-columns.ts'
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
import { DELTA_ZSTD, idText, LETTERS_COMMENT, NANOSECONDS, T64_ZSTD, ZSTD, ZSTD3 } from './types.ts'

const EVENTS: OwnRows = { table: (batch) => batch.events, firstSlot: SPAN.eventsFirst }
const LINKS: OwnRows = { table: (batch) => batch.links, firstSlot: SPAN.linksFirst }

/** One row per span that was kept. */
export const spans: Table<SignalRows> = {
  name: 'spans',
  since: 2,
  comment: 'Spans, one row each',
  columns: [
    ...ownerColumns,
    words64('Timestamp', NANOSECONDS, SPAN.timeLow, {
      codec: DELTA_ZSTD,
      comment: 'start_time_unix_nano after the clock rules',
    }),
    words64('Duration', 'Int64', SPAN.durationLow, {
      codec: T64_ZSTD,
      comment: 'Nanoseconds from start to end as sent; 0 without an end',
    }),
    resourceColumn,
    ...deliveryColumns,
    retentionColumn,
    ...placeColumns,
    id('TraceId', 16, SPAN.traceIdStart, { codec: ZSTD, comment: 'Zeros where absent' }),
    id('SpanId', 8, SPAN.spanIdStart, { codec: ZSTD, comment: 'Zeros where absent' }),
    id('ParentSpanId', 8, SPAN.parentSpanIdStart, { codec: ZSTD, comment: 'Zeros where absent' }),
    text('TraceState', SPAN.traceStateStart, { codec: ZSTD }),
    word32('TraceFlags', 'UInt32', SPAN.flags, { codec: ZSTD }),
    lowCardinality('SpanName', SPAN.nameStart, { codec: ZSTD }),
    word32('SpanKind', 'Int32', SPAN.kind, {
      codec: ZSTD,
      comment: 'Number of opentelemetry.proto.trace.v1.Span.SpanKind',
    }),
    word32('StatusCode', 'Int32', SPAN.statusCode, { codec: ZSTD, comment: '0 unset, 1 ok, 2 error' }),
    text('StatusMessage', SPAN.statusMessageStart, { codec: ZSTD }),
    ...scopeColumns,
    recordAttributes('SpanAttributes', { codec: ZSTD3 }),
    recordAttributeTypes('SpanAttributeTypes', { codec: ZSTD, comment: LETTERS_COMMENT }),
    word32('DroppedAttributesCount', 'UInt32', SPAN.droppedAttributesCount, { codec: ZSTD }),
    word32('DroppedEventsCount', 'UInt32', SPAN.droppedEventsCount, { codec: ZSTD }),
    word32('DroppedLinksCount', 'UInt32', SPAN.droppedLinksCount, { codec: ZSTD }),
    ownWords64('Events.Timestamp', NANOSECONDS, EVENTS, EVENT.timeLow, { codec: ZSTD }),
    ownLowCardinality('Events.Name', EVENTS, EVENT.nameStart, { codec: ZSTD }),
    ownAttributes('Events.Attributes', EVENTS, EVENT.attributesFirst, { codec: ZSTD }),
    ownAttributeTypes('Events.AttributeTypes', EVENTS, EVENT.attributesFirst, { codec: ZSTD }),
    ownWord32('Events.DroppedAttributesCount', EVENTS, EVENT.droppedAttributesCount, { codec: ZSTD }),
    ownId('Links.TraceId', 16, LINKS, LINK.traceIdStart, { codec: ZSTD }),
    ownId('Links.SpanId', 8, LINKS, LINK.spanIdStart, { codec: ZSTD }),
    ownString('Links.TraceState', LINKS, LINK.traceStateStart, { codec: ZSTD }),
    ownWord32('Links.Flags', LINKS, LINK.flags, { codec: ZSTD }),
    ownAttributes('Links.Attributes', LINKS, LINK.attributesFirst, { codec: ZSTD }),
    ownAttributeTypes('Links.AttributeTypes', LINKS, LINK.attributesFirst, { codec: ZSTD }),
    ownWord32('Links.DroppedAttributesCount', LINKS, LINK.droppedAttributesCount, { codec: ZSTD }),
  ],
  engine: 'MergeTree',
  orderBy: ['TenantId', 'AppId', 'Timestamp'],
  partitionBy: '(toDate(Timestamp), RetentionDays)',
  ttl: 'toDateTime(Timestamp) + toIntervalDay(RetentionDays)',
  indexes: [
    { name: 'idx_timestamp', expression: 'Timestamp', type: 'minmax', granularity: 1 },
    { name: 'idx_seq', expression: 'Seq', type: 'minmax', granularity: 1 },
    { name: 'idx_duration', expression: 'Duration', type: 'minmax', granularity: 1 },
    { name: 'idx_trace_id', expression: idText('TraceId'), type: 'bloom_filter(0.001)', granularity: 1 },
  ],
  settings: rowSettings,
  shardBy: 'ResourceFingerprint',
  delivery: 'once',
}
