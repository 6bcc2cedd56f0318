import { type FixedColumn, fixed64 } from '../native/fixed.ts'
import { entryCount, entryString, putNumber64 } from './entry-columns.ts'
import type { LedgerEntry, LedgerRows } from './rows.ts'
import { rowSettings } from './settings.ts'
import { gatewayId, seq } from './signal-columns.ts'
import type { Column, Table } from './table.ts'
import { DELTA_ZSTD, MILLISECONDS, ZSTD } from './types.ts'

const time: Column<LedgerRows, FixedColumn<Uint32Array>> = {
  name: 'Time',
  type: MILLISECONDS,
  codec: DELTA_ZSTD,
  comment: 'Of the commit',
  buffer: fixed64,
  write: ({ count, timeMs }, out) => {
    const at = out.extend(count)
    for (let i = 0; i < count; i++) putNumber64(out.data, at + 2 * i, timeMs)
  },
}

/** What each commit received, generated, stored, dropped and rejected. Append-only; sums are made by queries. */
export const ledger: Table<LedgerRows> = {
  name: 'ledger',
  comment: 'received + generated = stored + dropped + rejected, per commit',
  columns: [
    entryString<LedgerEntry>('TenantId', (entry) => entry.tenantId, { codec: ZSTD }),
    time,
    gatewayId('GatewayId', { codec: ZSTD }),
    seq('Seq', { codec: DELTA_ZSTD }),
    entryString<LedgerEntry>('Signal', (entry) => entry.signal, { codec: ZSTD }),
    entryString<LedgerEntry>('Kind', (entry) => entry.kind, {
      codec: ZSTD,
      comment: 'received, generated, stored, dropped or rejected',
    }),
    entryString<LedgerEntry>('Reason', (entry) => entry.reason, { codec: ZSTD, comment: 'Rule or reason' }),
    entryCount<LedgerEntry>('Records', (entry) => entry.records, { codec: ZSTD }),
    entryCount<LedgerEntry>('Bytes', (entry) => entry.bytes, { codec: ZSTD, comment: 'On the wire' }),
    entryString<LedgerEntry>('Rule', (entry) => entry.rule, {
      codec: ZSTD,
      comment: 'Where the rule stands in the block of the processor that Reason names',
      since: 4,
    }),
    entryString<LedgerEntry>('RuleId', (entry) => entry.ruleId, {
      codec: ZSTD,
      comment: 'Hash of what the rule says: it stays when the rule moves',
      since: 4,
    }),
  ],
  engine: 'MergeTree',
  orderBy: ['TenantId', 'Signal', 'Kind', 'Reason', 'Time'],
  partitionBy: 'toYYYYMM(Time)',
  // A year can be compared with the year before it.
  ttl: 'toDateTime(Time) + toIntervalDay(400)',
  indexes: [
    { name: 'idx_time', expression: 'Time', type: 'minmax', granularity: 1 },
    { name: 'idx_seq', expression: 'Seq', type: 'minmax', granularity: 1 },
  ],
  settings: rowSettings,
  delivery: 'once',
}
