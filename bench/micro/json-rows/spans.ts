import type { Span, TracesRequest } from '../../../test/otlp/proto.ts'
import {
  hex,
  type JsonRow,
  mapOf,
  nanoseconds,
  type ResourceColumns,
  resourceColumns,
  type ScopeColumns,
  scopeColumns,
} from './common.ts'

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']
const CODES = ['Unset', 'Ok', 'Error']

/** Hands every span of a decoded request over as a row with the columns of the exporter's `otel_traces`. */
export function eachSpan(request: TracesRequest, take: (row: JsonRow) => void): void {
  for (const resourceSpans of request.resourceSpans ?? []) {
    const resource = resourceColumns(resourceSpans)
    for (const scopeSpans of resourceSpans.scopeSpans ?? []) {
      const scope = scopeColumns(scopeSpans)
      for (const span of scopeSpans.spans ?? []) take(rowOf(span, resource, scope))
    }
  }
}

function rowOf(span: Span, resource: ResourceColumns, scope: ScopeColumns): JsonRow {
  const events = span.events ?? []
  const links = span.links ?? []
  return {
    Timestamp: nanoseconds(span.startTimeUnixNano),
    TraceId: hex(span.traceId),
    SpanId: hex(span.spanId),
    ParentSpanId: hex(span.parentSpanId),
    TraceState: span.traceState ?? '',
    SpanName: span.name ?? '',
    SpanKind: KINDS[span.kind ?? 0] ?? '',
    ServiceName: resource.ServiceName,
    ResourceAttributes: resource.ResourceAttributes,
    ScopeName: scope.ScopeName,
    ScopeVersion: scope.ScopeVersion,
    SpanAttributes: mapOf(span.attributes),
    Duration: String(BigInt(String(span.endTimeUnixNano ?? 0)) - BigInt(String(span.startTimeUnixNano ?? 0))),
    StatusCode: CODES[span.status?.code ?? 0] ?? '',
    StatusMessage: span.status?.message ?? '',
    'Events.Timestamp': events.map((event) => nanoseconds(event.timeUnixNano)),
    'Events.Name': events.map((event) => event.name ?? ''),
    'Events.Attributes': events.map((event) => mapOf(event.attributes)),
    'Links.TraceId': links.map((link) => hex(link.traceId)),
    'Links.SpanId': links.map((link) => hex(link.spanId)),
    'Links.TraceState': links.map((link) => link.traceState ?? ''),
    'Links.Attributes': links.map((link) => mapOf(link.attributes)),
  }
}
