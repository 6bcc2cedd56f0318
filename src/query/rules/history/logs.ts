import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import { columns, type LogRow } from '../../logs/page-statement.ts'
import { idOf, present } from '../../records/fields.ts'
import { storedAttributes, storedValue } from '../../records/otlp-values.ts'
import { RequestBuilder } from '../../records/request-builder.ts'
import { KnownResources } from '../../records/resources.ts'
import type { History, HistoryParts } from './source.ts'
import { rowCount, rowPage } from './statements.ts'

/** Stored log records. */
export function logHistory({ store, tenantId, run }: HistoryParts): History<LogRow> {
  const { logs, queries, resources } = store
  const known = new KnownResources(queries, resources, tenantId, run, (row) => row)
  return {
    signal: 'logs',
    count: (range) => rowCount(logs, tenantId, range),
    page: (range, after, rows) => rowPage(logs, columns(logs), { tenantId, range, after, rows }),
    sizeOf: ({ body, values }) => values.reduce((size, value) => size + value.length, 512 + body.length),
    async request(rows) {
      await known.learn(rows)
      const builder = new RequestBuilder('logs')
      for (const row of rows)
        builder.recordsOf(row.fingerprint, known.of(row.fingerprint), row).push(logJson(row))
      return builder.build()
    },
  }
}

function logJson(row: LogRow): OtlpJson {
  return {
    timeUnixNano: row.time,
    ...(row.observedTime === '0' ? {} : { observedTimeUnixNano: row.observedTime }),
    ...present({ severityNumber: row.severityNumber, severityText: row.severityText }),
    ...(row.bodyType === '-' ? {} : { body: storedValue(row.bodyType, row.body) }),
    attributes: storedAttributes(row.keys, row.values, row.types),
    ...present({
      droppedAttributesCount: row.dropped,
      flags: row.flags,
      traceId: idOf(row.traceId),
      spanId: idOf(row.spanId),
      eventName: row.eventName,
    }),
  }
}
