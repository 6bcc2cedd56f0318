import { RECORD, RESOURCE, SPAN } from '../../otlp/slots.ts'
import { type FixedColumn, fixed16, fixed64, fixedString } from '../native/fixed.ts'
import type { TraceRows } from './rows.ts'
import { idempotentSettings } from './settings.ts'
import { appendId, keyColumn } from './signal-columns.ts'
import type { Column, Table } from './table.ts'
import { DELTA_ZSTD, idText, NANOSECONDS, ZSTD } from './types.ts'

const tenantId = keyColumn<TraceRows>('TenantId', { codec: ZSTD }, ({ batch, record, count }, out) => {
  const { data, stride } = batch.records
  for (let i = 0; i < count; i++) {
    const resource = data[record[i]! * stride + RECORD.resource]!
    const tenant = batch.resources.data[resource * RESOURCE.stride + RESOURCE.tenant]!
    out.append(out.dictionary.indexOfString(batch.tenants[tenant]!))
  }
})

const traceId: Column<TraceRows, FixedColumn<Uint8Array>> = {
  name: 'TraceId',
  type: 'FixedString(16)',
  codec: ZSTD,
  buffer: () => fixedString(16),
  write: ({ batch, record, count }, out) => {
    const { data, stride } = batch.records
    for (let i = 0; i < count; i++) {
      const from = record[i]! * stride + SPAN.traceIdStart
      appendId(out, 16, batch.bytes, data[from]!, data[from + 1]!)
    }
  },
}

/** The same for every row: they are of one partition. */
function day16(
  name: string,
  type: 'Date' | 'UInt16',
  get: (rows: TraceRows) => number,
): Column<TraceRows, FixedColumn<Uint16Array>> {
  return {
    name,
    type,
    codec: ZSTD,
    buffer: fixed16,
    write: (rows, out) => {
      const at = out.extend(rows.count)
      out.data.fill(get(rows), at, at + rows.count)
    },
  }
}

function time(
  name: string,
  kind: 'min' | 'max',
  words: (rows: TraceRows) => Uint32Array,
): Column<TraceRows, FixedColumn<Uint32Array>> {
  return {
    name,
    type: `SimpleAggregateFunction(${kind}, ${NANOSECONDS})`,
    codec: DELTA_ZSTD,
    buffer: fixed64,
    write: (rows, out) => {
      const source = words(rows)
      const at = out.extend(rows.count)
      for (let i = 0; i < 2 * rows.count; i++) out.data[at + i] = source[i]!
    },
  }
}

/**
 * When a trace was, so that reading one needs no look at every day: a row per trace of a request, which merge. Written by
 * the gateway and not by a materialised view, since a view's part and its table's part are no one atom.
 */
export const traceTimes: Table<TraceRows> = {
  name: 'trace_times',
  since: 2,
  comment: 'First start and last end of the spans of a trace, per UTC day of their start',
  columns: [
    tenantId,
    traceId,
    day16('Day', 'Date', (rows) => rows.day),
    day16('RetentionDays', 'UInt16', (rows) => rows.retentionDays),
    time('Start', 'min', (rows) => rows.start),
    time('End', 'max', (rows) => rows.end),
  ],
  engine: 'AggregatingMergeTree',
  orderBy: ['TenantId', 'TraceId'],
  partitionBy: '(Day, RetentionDays)',
  ttl: "toDateTime(Day, 'UTC') + toIntervalDay(RetentionDays + 1)",
  indexes: [
    // For the view, whose ids are text; by the key it is found by itself.
    { name: 'idx_trace_id', expression: idText('TraceId'), type: 'bloom_filter(0.01)', granularity: 1 },
  ],
  settings: idempotentSettings,
  shardBy: 'cityHash64(TraceId)',
  delivery: 'idempotent',
}
