import type { TimeRange } from '../parameters/range.ts'
import { atPlace, equal, hasAttribute, hexText, instant, nanosText } from '../sql/conditions.ts'
import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { select, type Tenants } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import type { Nanos } from '../time.ts'
import type { SpanFilter } from './search-parameters.ts'
import { SPAN_STATUSES } from './words.ts'

/** Where a page of traces ended: the first match of its last trace. */
export type TracePosition = {
  readonly timestamp: Nanos
  /** 32 hex digits. */
  readonly traceId: string
}

export type Search = {
  readonly tenantId: string
  readonly filter: SpanFilter
  /** When a span that matches starts. */
  readonly range: TimeRange
}

export type SearchQuery = Search & {
  readonly after: TracePosition | undefined
  readonly rows: number
}

function durationWithin(spans: Source, { minDuration, maxDuration }: SpanFilter): Fragment[] {
  const duration = spans.column('Duration')
  return [
    ...(minDuration === undefined ? [] : [sql`${duration} >= ${bind('Int64', String(minDuration))}`]),
    ...(maxDuration === undefined ? [] : [sql`${duration} <= ${bind('Int64', String(maxDuration))}`]),
  ]
}

/** What makes a span match. */
export function matchConditions(
  spans: Source,
  { filter, range }: Pick<Search, 'filter' | 'range'>,
): Fragment[] {
  const time = spans.column('Timestamp')
  const { operation, status, attribute = [] } = filter
  return [
    sql`${time} >= ${instant(range.start)}`,
    sql`${time} < ${instant(range.end)}`,
    sql`notEmpty(${spans.column('TraceId')})`,
    ...atPlace(spans, filter),
    ...equal(spans.column('SpanName'), operation),
    ...durationWithin(spans, filter),
    ...(status === undefined
      ? []
      : [sql`${spans.column('StatusCode')} = ${bind('UInt8', SPAN_STATUSES.indexOf(status))}`]),
    ...attribute.map(({ key, value }) => hasAttribute(spans.column('SpanAttributes'), key, value)),
  ]
}

/** A trace with spans that match, and when the first of them started. */
export type MatchRow = { readonly traceId: string; readonly time: string }

/**
 * The traces with a span that matches, newest first match first. By the first match and not by the trace's own start,
 * which only a look at every day's times would tell, for every trace that matches.
 */
export function searchStatement(spans: Source, { tenantId, after, rows, ...query }: SearchQuery): Statement {
  return matchesStatement(spans, { tenantId, where: matchConditions(spans, query), after, rows })
}

/** Spans that match: whose they are, and the conditions that they fulfil, those of time included. */
export type SpanMatch = { readonly tenantId: Tenants; readonly where: ReadonlyArray<Fragment> }

export type MatchesQuery = SpanMatch & Pick<SearchQuery, 'after' | 'rows'>

/** {@link searchStatement} of any conditions. Of several tenants, spans with one trace id are one trace. */
export function matchesStatement(spans: Source, { tenantId, where, after, rows }: MatchesQuery): Statement {
  const traceId = spans.column('TraceId')
  const first = sql`min(${spans.column('Timestamp')})`
  const afterTrace = ({ timestamp, traceId: id }: TracePosition): Fragment =>
    sql`${first} < ${instant(timestamp)} OR ${traceId} < toFixedString(unhex(${bind('String', id)}), 16)`
  return select({
    from: spans,
    tenantId,
    columns: { traceId: hexText(traceId), time: nanosText(first) },
    where: [
      ...where,
      // The first match of every trace that comes later in the order is not later than this.
      ...(after === undefined ? [] : [sql`${spans.column('Timestamp')} <= ${instant(after.timestamp)}`]),
    ],
    groupBy: [traceId],
    having: after === undefined ? [] : [afterTrace(after)],
    orderBy: [sql`${first} DESC`, sql`${traceId} DESC`],
    limit: rows,
  })
}
