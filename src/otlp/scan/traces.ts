import type { Batch } from '../batch.ts'
import { EVENT, LINK, SPAN } from '../slots.ts'
import { attributes, fixed64, groups, rows, spanId, text, traceId } from './common.ts'
import { type Field, FieldKind, Level, Message, type RowCheck } from './message.ts'

/** opentelemetry/proto/trace/v1/trace.proto and collector/trace/v1/trace_service.proto. */

const SPAN_KINDS = names('SPAN_KIND', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'])
const STATUS_CODES = names('STATUS_CODE', ['UNSET', 'OK', 'ERROR'])

function names(prefix: string, values: ReadonlyArray<string>): ReadonlyMap<string, number> {
  return new Map(values.map((value, number) => [`${prefix}_${value}`, number]))
}

function count(number: number, name: string, slot: number): Field {
  return { number, name, kind: FieldKind.varint32, slot }
}

const SPAN_EVENT = new Message('Event', Level.event, [
  fixed64(1, 'time_unix_nano', EVENT.timeLow),
  text(2, 'name', EVENT.nameStart),
  attributes(3, EVENT.attributesFirst),
  count(4, 'dropped_attributes_count', EVENT.droppedAttributesCount),
])

const SPAN_LINK = new Message('Link', Level.link, [
  traceId(1, LINK.traceIdStart),
  spanId(2, LINK.spanIdStart),
  text(3, 'trace_state', LINK.traceStateStart),
  attributes(4, LINK.attributesFirst),
  count(5, 'dropped_attributes_count', LINK.droppedAttributesCount),
  { number: 6, name: 'flags', kind: FieldKind.fixed32, slot: LINK.flags },
])

/** Writes into its span. */
const STATUS = new Message('Status', Level.none, [
  text(2, 'message', SPAN.statusMessageStart),
  { number: 3, name: 'code', kind: FieldKind.varint32, slot: SPAN.statusCode, names: STATUS_CODES },
])

/** A span that has no end yet is no fault: its end is 0. */
const endsAfterStart: RowCheck = (_batch: Batch, data, base) => {
  const low = data[base + SPAN.endTimeLow]!
  const high = data[base + SPAN.endTimeHigh]!
  if (low === 0 && high === 0) return undefined
  const startHigh = data[base + SPAN.timeHigh]!
  return high < startHigh || (high === startHigh && low < data[base + SPAN.timeLow]!)
    ? 'endsBeforeStart'
    : undefined
}

const SPAN_RECORD = new Message(
  'Span',
  Level.record,
  [
    traceId(1, SPAN.traceIdStart),
    spanId(2, SPAN.spanIdStart),
    text(3, 'trace_state', SPAN.traceStateStart),
    spanId(4, SPAN.parentSpanIdStart, 'parent_span_id'),
    text(5, 'name', SPAN.nameStart),
    { number: 6, name: 'kind', kind: FieldKind.varint32, slot: SPAN.kind, names: SPAN_KINDS },
    fixed64(7, 'start_time_unix_nano', SPAN.timeLow),
    fixed64(8, 'end_time_unix_nano', SPAN.endTimeLow),
    attributes(9, SPAN.attributesFirst),
    count(10, 'dropped_attributes_count', SPAN.droppedAttributesCount),
    rows(11, 'events', SPAN_EVENT, SPAN.eventsFirst),
    count(12, 'dropped_events_count', SPAN.droppedEventsCount),
    rows(13, 'links', SPAN_LINK, SPAN.linksFirst),
    count(14, 'dropped_links_count', SPAN.droppedLinksCount),
    { number: 15, name: 'status', kind: FieldKind.message, slot: 0, message: STATUS },
    { number: 16, name: 'flags', kind: FieldKind.fixed32, slot: SPAN.flags },
  ],
  endsAfterStart,
)

const { resource } = groups({ plural: 'Spans', rows: 'spans' }, SPAN_RECORD)

export const EXPORT_TRACE_SERVICE_REQUEST = new Message('ExportTraceServiceRequest', Level.none, [
  rows(1, 'resource_spans', resource),
])
