import { createView, type SchemaTarget } from './ddl.ts'
import { idText } from './types.ts'

/** As pdata's SpanKind.String() and StatusCode.String() have them; other numbers are the empty string there too. */
const SPAN_KINDS =
  "transform(span.SpanKind, [0, 1, 2, 3, 4, 5], ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'], '')"
const STATUS_CODES = "transform(span.StatusCode, [0, 1, 2], ['Unset', 'Ok', 'Error'], '')"
const asKey = (expression: string): string => `CAST(${expression}, 'LowCardinality(String)')`

/** Ids in an array of links. */
const idTexts = (column: string): string => `arrayMap(id -> ${idText('id')}, span.\`${column}\`)`

/**
 * The statements for `otel_traces` and `otel_traces_trace_id_ts`: the columns of clickhouseexporter v0.161.0, by name,
 * order and type. All tenants: for operators. Joined as `otel_logs` is. A trace may have several rows of times (days,
 * rows that are not merged yet), as the exporter's table may; who reads it takes min(Start) and max(End).
 */
export function otelTracesViews(target: SchemaTarget): string[] {
  return [
    ...createView('otel_traces', target, (nameOf) =>
      [
        'SELECT',
        [
          '  span.Timestamp AS Timestamp',
          `  ${idText('span.TraceId')} AS TraceId`,
          `  ${idText('span.SpanId')} AS SpanId`,
          `  ${idText('span.ParentSpanId')} AS ParentSpanId`,
          '  span.TraceState AS TraceState',
          '  span.SpanName AS SpanName',
          `  ${asKey(SPAN_KINDS)} AS SpanKind`,
          '  span.ServiceName AS ServiceName',
          '  resource.Attributes AS ResourceAttributes',
          "  CAST(span.ScopeName, 'String') AS ScopeName",
          "  CAST(span.ScopeVersion, 'String') AS ScopeVersion",
          '  span.SpanAttributes AS SpanAttributes',
          '  toUInt64(greatest(span.Duration, 0)) AS Duration',
          `  ${asKey(STATUS_CODES)} AS StatusCode`,
          '  span.StatusMessage AS StatusMessage',
          '  span.`Events.Timestamp` AS `Events.Timestamp`',
          '  span.`Events.Name` AS `Events.Name`',
          '  span.`Events.Attributes` AS `Events.Attributes`',
          `  ${idTexts('Links.TraceId')} AS \`Links.TraceId\``,
          `  ${idTexts('Links.SpanId')} AS \`Links.SpanId\``,
          '  span.`Links.TraceState` AS `Links.TraceState`',
          '  span.`Links.Attributes` AS `Links.Attributes`',
        ].join(',\n'),
        `FROM ${nameOf('spans')} AS span`,
        `ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, Attributes FROM ${nameOf('resources')}) AS resource`,
        'ON span.TenantId = resource.TenantId AND span.ResourceFingerprint = resource.ResourceFingerprint ' +
          'AND toDate(span.Timestamp) = resource.Day',
      ].join('\n'),
    ),
    ...createView('otel_traces_trace_id_ts', target, (nameOf) =>
      [
        'SELECT',
        [
          `  ${idText('times.TraceId')} AS TraceId`,
          "  toDateTime(times.Start, 'UTC') AS Start",
          "  toDateTime(times.End, 'UTC') AS End",
        ].join(',\n'),
        `FROM ${nameOf('trace_times')} AS times`,
      ].join('\n'),
    ),
  ]
}
