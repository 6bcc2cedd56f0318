import type {
  InstrumentationScope,
  KeyValue,
  Long,
  Resource,
  Span,
  SpanEvent,
  SpanLink,
  TracesRequest,
} from '../../otlp/proto.ts'
import {
  type ExpectedRow,
  hex,
  lettersOf,
  mapOf,
  nanos,
  OWNER_COLUMNS,
  ownerOf,
  SCOPE_COLUMNS,
  scopeOf,
} from './expected-row.ts'

/** What `spans` and `trace_times` must hold for plain spans. Their starts must be within what the clock rules let pass. */

export function expectedSpans({ resourceSpans = [] }: TracesRequest): ExpectedRow[] {
  return resourceSpans.flatMap(({ resource = {}, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope = {}, schemaUrl = '', spans = [] }) =>
      spans.map((span) => expectedSpan(resource, scope, schemaUrl, span)),
    ),
  )
}

/** 0 for a span that has not ended. */
function durationOf({ startTimeUnixNano = 0, endTimeUnixNano = 0 }: Span): bigint {
  return BigInt(endTimeUnixNano) === 0n ? 0n : BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)
}

function expectedSpan(
  resource: Resource,
  scope: InstrumentationScope,
  schemaUrl: string,
  span: Span,
): ExpectedRow {
  const { events = [], links = [], status = {} } = span
  return {
    ...ownerOf(resource),
    Time: String(span.startTimeUnixNano),
    Duration: String(durationOf(span)),
    RetentionDays: 30,
    TraceId: hex(span.traceId, 16),
    SpanId: hex(span.spanId, 8),
    ParentSpanId: hex(span.parentSpanId, 8),
    TraceState: span.traceState ?? '',
    TraceFlags: span.flags ?? 0,
    SpanName: span.name ?? '',
    SpanKind: span.kind ?? 0,
    StatusCode: status.code ?? 0,
    StatusMessage: status.message ?? '',
    ...scopeOf(scope, schemaUrl),
    SpanAttributes: mapOf(span.attributes),
    SpanAttributeTypes: lettersOf(span.attributes),
    DroppedAttributesCount: span.droppedAttributesCount ?? 0,
    DroppedEventsCount: span.droppedEventsCount ?? 0,
    DroppedLinksCount: span.droppedLinksCount ?? 0,
    EventTimes: events.map(({ timeUnixNano = 0 }) => String(timeUnixNano)),
    EventNames: events.map(({ name = '' }) => name),
    ...partsOf('Event', events),
    LinkTraceIds: links.map(({ traceId }) => hex(traceId, 16)),
    LinkSpanIds: links.map(({ spanId }) => hex(spanId, 8)),
    LinkTraceStates: links.map(({ traceState = '' }) => traceState),
    LinkFlags: links.map(({ flags = 0 }) => flags),
    ...partsOf('Link', links),
  }
}

/** What events and links have in common. */
function partsOf(prefix: string, parts: ReadonlyArray<SpanEvent | SpanLink>): ExpectedRow {
  const attributesOf = ({ attributes = [] }: { attributes?: KeyValue[] }): KeyValue[] => attributes
  return {
    [`${prefix}Attributes`]: parts.map((part) => mapOf(attributesOf(part))),
    [`${prefix}AttributeTypes`]: parts.map((part) => lettersOf(attributesOf(part))),
    [`${prefix}Dropped`]: parts.map(({ droppedAttributesCount = 0 }) => droppedAttributesCount),
  }
}

const partColumns = (prefix: 'Event' | 'Link'): string =>
  `\`${prefix}s.Attributes\` AS ${prefix}Attributes, \`${prefix}s.AttributeTypes\` AS ${prefix}AttributeTypes,
  \`${prefix}s.DroppedAttributesCount\` AS ${prefix}Dropped`

/** Reads a span in the shape of {@link expectedSpans}, by ClickHouse alone. */
export const SPAN_COLUMNS = `${OWNER_COLUMNS}, ${nanos('Timestamp')} AS Time, toString(Duration) AS Duration, RetentionDays,
  hex(TraceId) AS TraceId, hex(SpanId) AS SpanId, hex(ParentSpanId) AS ParentSpanId, TraceState, TraceFlags, SpanName,
  SpanKind, StatusCode, StatusMessage, ${SCOPE_COLUMNS}, SpanAttributes, SpanAttributeTypes, DroppedAttributesCount,
  DroppedEventsCount, DroppedLinksCount,
  arrayMap(x -> ${nanos('x')}, \`Events.Timestamp\`) AS EventTimes, \`Events.Name\` AS EventNames, ${partColumns('Event')},
  arrayMap(x -> hex(x), \`Links.TraceId\`) AS LinkTraceIds, arrayMap(x -> hex(x), \`Links.SpanId\`) AS LinkSpanIds,
  \`Links.TraceState\` AS LinkTraceStates, \`Links.Flags\` AS LinkFlags, ${partColumns('Link')}`

/** Per trace and day of a span's start: the first start and the last end. Spans without a trace id have none. */
export function expectedTraceTimes(requests: ReadonlyArray<TracesRequest>): ExpectedRow[] {
  const times = new Map<string, { start: bigint; end: bigint }>()
  for (const span of requests.flatMap(spansOf)) {
    if (span.traceId === undefined || span.traceId.length === 0) continue
    const start = BigInt(span.startTimeUnixNano!)
    const end = start + durationOf(span)
    const key = `${hex(span.traceId, 16)} ${dayOf(start)}`
    const known = times.get(key) ?? { start, end }
    times.set(key, {
      start: start < known.start ? start : known.start,
      end: end > known.end ? end : known.end,
    })
  }
  return [...times].map(([key, { start, end }]) => {
    const [TraceId, Day] = key.split(' ')
    return { TenantId: 'default', TraceId, Day, RetentionDays: 30, Start: String(start), End: String(end) }
  })
}

export const TRACE_TIMES_SQL = `SELECT TenantId, hex(TraceId) AS TraceId, Day, RetentionDays, ${nanos('min(Start)')} AS Start,
  ${nanos('max(End)')} AS End FROM trace_times GROUP BY TenantId, trace_times.TraceId, Day, RetentionDays`

export function spansOf({ resourceSpans = [] }: TracesRequest): Span[] {
  return resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
}

/** The UTC day of nanoseconds since 1970, as ClickHouse prints it. */
export function dayOf(timeNs: Long): string {
  return new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString().slice(0, 10)
}
