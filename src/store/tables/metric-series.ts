import { METRIC, POINT } from '../../otlp/slots.ts'
import { type FixedColumn, fixed16 } from '../native/fixed.ts'
import { recordAttributes, recordAttributeTypes } from './attribute-columns.ts'
import {
  metricBool,
  metricInt32,
  metricMetadata,
  metricMetadataTypes,
  metricString,
  metricText,
  metricTypeName,
} from './metric-columns.ts'
import type { SeriesRows } from './rows.ts'
import { idempotentSettings } from './settings.ts'
import {
  ownerColumns,
  placeColumns,
  resourceColumn,
  retentionColumn,
  scopeColumns,
} from './shared-columns.ts'
import { words64 } from './signal-columns.ts'
import type { Column, Table } from './table.ts'
import { LETTERS_COMMENT, ZSTD } from './types.ts'

const day: Column<SeriesRows, FixedColumn<Uint16Array>> = {
  name: 'Day',
  type: 'Date',
  codec: ZSTD,
  comment: "UTC day of the points' TimeUnix",
  buffer: fixed16,
  write: (rows, out) => {
    const at = out.extend(rows.count)
    out.data.fill(rows.day, at, at + rows.count)
  },
}

/** What data points refer to by (TenantId, MetricName, SeriesFingerprint): one row per UTC day with points. */
export const metricSeries: Table<SeriesRows> = {
  name: 'metric_series',
  since: 2,
  comment: 'Series of metrics, one row per fingerprint and UTC day',
  columns: [
    ...ownerColumns,
    words64('SeriesFingerprint', 'UInt64', POINT.seriesLow, { codec: ZSTD }),
    resourceColumn,
    day,
    retentionColumn,
    ...placeColumns,
    metricString('MetricName', METRIC.nameStart, { codec: ZSTD }),
    metricTypeName('MetricType', {
      codec: ZSTD,
      comment: 'gauge, sum, histogram, exponential_histogram or summary',
    }),
    metricInt32('Temporality', METRIC.temporality, { codec: ZSTD, comment: '1 delta, 2 cumulative' }),
    metricBool('IsMonotonic', METRIC.isMonotonic, { codec: ZSTD }),
    metricString('Unit', METRIC.unitStart, { codec: ZSTD }),
    metricText('Description', METRIC.descriptionStart, { codec: ZSTD }),
    metricMetadata('Metadata', { codec: ZSTD }),
    metricMetadataTypes('MetadataTypes', { codec: ZSTD }),
    ...scopeColumns,
    recordAttributes('Attributes', { codec: ZSTD }),
    recordAttributeTypes('AttributeTypes', { codec: ZSTD, comment: LETTERS_COMMENT }),
  ],
  engine: 'ReplacingMergeTree',
  orderBy: ['TenantId', 'MetricName', 'SeriesFingerprint', 'Day'],
  partitionBy: '(Day, RetentionDays)',
  ttl: "toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)",
  indexes: [],
  settings: idempotentSettings,
  shardBy: 'ResourceFingerprint',
  delivery: 'idempotent',
}
