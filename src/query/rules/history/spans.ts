import { RequestBuilder } from '../../records/request-builder.ts'
import { KnownResources } from '../../records/resources.ts'
import { otlpSpanOf } from '../../traces/otlp-span.ts'
import { type SpanRow, spanColumns } from '../../traces/span-statement.ts'
import type { History, HistoryParts } from './source.ts'
import { rowCount, rowPage } from './statements.ts'

/** Stored spans with their events and links. */
export function spanHistory({ store, tenantId, run }: HistoryParts): History<SpanRow> {
  const { queries, resources, spans } = store
  const known = new KnownResources(queries, resources, tenantId, run, (row) => row)
  return {
    signal: 'traces',
    count: (range) => rowCount(spans, tenantId, range),
    page: (range, after, rows) => rowPage(spans, spanColumns(spans), { tenantId, range, after, rows }),
    sizeOf: ({ eventValues, values }) =>
      [values, ...eventValues].flat().reduce((size, value) => size + value.length, 512),
    async request(rows) {
      await known.learn(rows)
      const builder = new RequestBuilder('traces')
      for (const row of rows)
        builder.recordsOf(row.fingerprint, known.of(row.fingerprint), row).push(otlpSpanOf(row, (hex) => hex))
      return builder.build()
    },
  }
}
