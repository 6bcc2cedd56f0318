import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import { idOf, present } from '../../records/fields.ts'
import { KnownResources } from '../../records/resources.ts'
import { type SpanRow, spanColumns } from '../../traces/span-statement.ts'
import { RequestBuilder } from './request-builder.ts'
import type { History, HistoryParts } from './source.ts'
import { rowCount, rowPage } from './statements.ts'
import { storedAttributes } from './values.ts'

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
        builder.recordsOf(row.fingerprint, known.of(row.fingerprint), row).push(spanJson(row))
      return builder.build()
    },
  }
}

/** A span that was sent without an end ends when it starts. */
function spanJson(row: SpanRow): OtlpJson {
  return {
    ...present({
      traceId: idOf(row.traceId),
      spanId: idOf(row.spanId),
      traceState: row.traceState,
      parentSpanId: idOf(row.parentSpanId),
      name: row.name,
      kind: row.kind,
    }),
    startTimeUnixNano: row.time,
    endTimeUnixNano: String(BigInt(row.time) + BigInt(row.duration)),
    attributes: storedAttributes(row.keys, row.values, row.types),
    events: row.eventTimes.map((_, i) => eventJson(row, i)),
    links: row.linkTraceIds.map((_, i) => linkJson(row, i)),
    ...present({
      droppedAttributesCount: row.dropped,
      droppedEventsCount: row.eventsDropped,
      droppedLinksCount: row.linksDropped,
      flags: row.flags,
    }),
    ...(row.status === 0 && row.statusMessage === ''
      ? {}
      : { status: present({ message: row.statusMessage, code: row.status }) }),
  }
}

function eventJson(row: SpanRow, i: number): OtlpJson {
  return {
    timeUnixNano: row.eventTimes[i]!,
    ...present({ name: row.eventNames[i]!, droppedAttributesCount: row.eventsOwnDropped[i]! }),
    attributes: storedAttributes(row.eventKeys[i]!, row.eventValues[i]!, row.eventTypes[i]!),
  }
}

function linkJson(row: SpanRow, i: number): OtlpJson {
  return {
    ...present({
      traceId: idOf(row.linkTraceIds[i]!),
      spanId: idOf(row.linkSpanIds[i]!),
      traceState: row.linkStates[i]!,
      flags: row.linkFlags[i]!,
      droppedAttributesCount: row.linksOwnDropped[i]!,
    }),
    attributes: storedAttributes(row.linkKeys[i]!, row.linkValues[i]!, row.linkTypes[i]!),
  }
}
