import { METRIC, POINT } from '../../otlp/slots.ts'
import { type FixedColumn, fixedString } from '../native/fixed.ts'
import { metricString } from './metric-columns.ts'
import type { SignalRows } from './rows.ts'
import { rowSettings } from './settings.ts'
import { deliveryColumns, ownerColumns, resourceColumn, retentionColumn } from './shared-columns.ts'
import { word32, words64 } from './signal-columns.ts'
import type { Column, Table } from './table.ts'
import { DELTA_ZSTD, NANOSECONDS, T64_ZSTD, ZSTD, ZSTD3 } from './types.ts'

/** What every table of data points starts with: narrow, since what their series says stands in `metric_series`. */
export const pointColumns: ReadonlyArray<Column<SignalRows>> = [
  ownerColumns[0]!,
  metricString('MetricName', METRIC.nameStart, { codec: ZSTD }),
  words64('SeriesFingerprint', 'UInt64', POINT.seriesLow, {
    codec: ZSTD,
    comment: 'Key into metric_series, with TenantId and MetricName',
  }),
  resourceColumn,
  words64('TimeUnix', NANOSECONDS, POINT.timeLow, {
    codec: DELTA_ZSTD,
    comment: 'time_unix_nano after the clock rules',
  }),
  words64('StartTimeUnix', NANOSECONDS, POINT.startTimeLow, { codec: ZSTD, comment: '1970 where unknown' }),
  word32('Flags', 'UInt32', POINT.flags, { codec: ZSTD, comment: '1: no recorded value' }),
  ...deliveryColumns,
  retentionColumn,
]

/** A table of data points of one shape, delivered once. */
export function pointTable<Rows extends SignalRows = SignalRows>(
  name: string,
  comment: string,
  columns: ReadonlyArray<Column<Rows>>,
): Table<Rows> {
  return {
    name,
    since: 2,
    comment,
    columns: [...pointColumns, ...columns],
    engine: 'MergeTree',
    // The series of one resource side by side: an SDK exports them at the same times, so the times of the next series are
    // those of the one before, and cost next to nothing (docs/adr/0010-metrics-and-spans.md).
    orderBy: ['TenantId', 'MetricName', 'ResourceFingerprint', 'SeriesFingerprint', 'TimeUnix'],
    partitionBy: '(toDate(TimeUnix), RetentionDays)',
    ttl: 'toDateTime(TimeUnix) + toIntervalDay(RetentionDays)',
    indexes: [
      { name: 'idx_time', expression: 'TimeUnix', type: 'minmax', granularity: 1 },
      { name: 'idx_seq', expression: 'Seq', type: 'minmax', granularity: 1 },
    ],
    settings: rowSettings,
    shardBy: 'ResourceFingerprint',
    delivery: 'once',
  }
}

export const count = words64('Count', 'UInt64', POINT.countLow, { codec: T64_ZSTD })
export const sum = words64('Sum', 'Float64', POINT.sumLow, { codec: ZSTD3 })

/** Of histograms of both kinds: sum, minimum and maximum may be absent, and are 0 then. */
export const optionalColumns: ReadonlyArray<Column<SignalRows>> = [
  sum,
  words64('Min', 'Float64', POINT.minLow, { codec: ZSTD3 }),
  words64('Max', 'Float64', POINT.maxLow, { codec: ZSTD3 }),
  present(),
]

function present(): Column<SignalRows, FixedColumn<Uint8Array>> {
  return {
    name: 'Present',
    type: 'UInt8',
    codec: ZSTD,
    comment: 'Which are there: 1 Sum, 2 Min, 4 Max',
    buffer: () => fixedString(1),
    write: ({ index, count: rows, batch }, out) => {
      const { data } = batch.records
      const at = out.extend(rows)
      for (let i = 0; i < rows; i++) {
        const base = index[i]! * POINT.stride
        out.data[at + i] =
          data[base + POINT.sumPresent]! |
          (data[base + POINT.minPresent]! << 1) |
          (data[base + POINT.maxPresent]! << 2)
      }
    },
  }
}
