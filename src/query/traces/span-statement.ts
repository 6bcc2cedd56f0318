import {
  afterPosition,
  orderColumns,
  type PlacedRow,
  type RowPosition,
  rowOrder,
} from '../pages/row-order.ts'
import type { TimeRange } from '../parameters/range.ts'
import { type OwnerColumns, ownerColumns, type ScopeColumns, scopeColumns } from '../records/fields.ts'
import { equal, hexText, instant } from '../sql/conditions.ts'
import { type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { isOneText, select, type Tenants } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

export type SpansQuery = {
  readonly tenantId: string
  /** 32 hex digits. */
  readonly traceId: string
  /** When spans of the trace can start: what it does not span is not read. */
  readonly range: TimeRange
  readonly after: RowPosition | undefined
  readonly rows: number
}

function eventColumns(spans: Source): Record<keyof EventColumns, Fragment> {
  const times = spans.column('Events.Timestamp')
  const maps = spans.column('Events.Attributes')
  return {
    eventTimes: sql`arrayMap(time -> toString(toUnixTimestamp64Nano(time)), ${times})`,
    eventNames: spans.column('Events.Name'),
    eventKeys: sql`arrayMap(map -> mapKeys(map), ${maps})`,
    eventValues: sql`arrayMap(map -> mapValues(map), ${maps})`,
    eventTypes: spans.column('Events.AttributeTypes'),
    eventsOwnDropped: spans.column('Events.DroppedAttributesCount'),
  }
}

function linkColumns(spans: Source): Record<keyof LinkColumns, Fragment> {
  const maps = spans.column('Links.Attributes')
  return {
    linkTraceIds: sql`arrayMap(id -> lower(hex(id)), ${spans.column('Links.TraceId')})`,
    linkSpanIds: sql`arrayMap(id -> lower(hex(id)), ${spans.column('Links.SpanId')})`,
    linkStates: spans.column('Links.TraceState'),
    linkFlags: spans.column('Links.Flags'),
    linkKeys: sql`arrayMap(map -> mapKeys(map), ${maps})`,
    linkValues: sql`arrayMap(map -> mapValues(map), ${maps})`,
    linkTypes: spans.column('Links.AttributeTypes'),
    linksOwnDropped: spans.column('Links.DroppedAttributesCount'),
  }
}

/** The columns of {@link SpanRow}. */
export function spanColumns(spans: Source): Record<keyof SpanRow, Fragment> {
  return {
    ...orderColumns(spans),
    ...ownerColumns(spans),
    duration: sql`toString(${spans.column('Duration')})`,
    traceId: hexText(spans.column('TraceId')),
    spanId: hexText(spans.column('SpanId')),
    parentSpanId: hexText(spans.column('ParentSpanId')),
    traceState: spans.column('TraceState'),
    flags: spans.column('TraceFlags'),
    name: spans.column('SpanName'),
    kind: spans.column('SpanKind'),
    status: spans.column('StatusCode'),
    statusMessage: spans.column('StatusMessage'),
    ...scopeColumns(spans),
    // Arrays, because a JSON object would lose the order that the letters of the types follow.
    keys: sql`mapKeys(${spans.column('SpanAttributes')})`,
    values: sql`mapValues(${spans.column('SpanAttributes')})`,
    types: spans.column('SpanAttributeTypes'),
    dropped: spans.column('DroppedAttributesCount'),
    eventsDropped: spans.column('DroppedEventsCount'),
    linksDropped: spans.column('DroppedLinksCount'),
    ...eventColumns(spans),
    ...linkColumns(spans),
  }
}

/** Parallel arrays: an element per event. */
export type EventColumns = {
  readonly eventTimes: ReadonlyArray<string>
  readonly eventNames: ReadonlyArray<string>
  readonly eventKeys: ReadonlyArray<ReadonlyArray<string>>
  readonly eventValues: ReadonlyArray<ReadonlyArray<string>>
  readonly eventTypes: ReadonlyArray<string>
  readonly eventsOwnDropped: ReadonlyArray<number>
}

/** Parallel arrays: an element per link. */
export type LinkColumns = {
  readonly linkTraceIds: ReadonlyArray<string>
  readonly linkSpanIds: ReadonlyArray<string>
  readonly linkStates: ReadonlyArray<string>
  readonly linkFlags: ReadonlyArray<number>
  readonly linkKeys: ReadonlyArray<ReadonlyArray<string>>
  readonly linkValues: ReadonlyArray<ReadonlyArray<string>>
  readonly linkTypes: ReadonlyArray<string>
  readonly linksOwnDropped: ReadonlyArray<number>
}

/** A span as ClickHouse sends it: 64-bit numbers as text, attributes as parallel arrays. */
export type SpanRow = PlacedRow &
  OwnerColumns &
  ScopeColumns &
  EventColumns &
  LinkColumns & {
    /** Nanoseconds. */
    readonly duration: string
    readonly traceId: string
    readonly spanId: string
    readonly parentSpanId: string
    readonly traceState: string
    readonly flags: number
    readonly name: string
    readonly kind: number
    readonly status: number
    readonly statusMessage: string
    readonly keys: ReadonlyArray<string>
    readonly values: ReadonlyArray<string>
    readonly types: string
    readonly dropped: number
    readonly eventsDropped: number
    readonly linksDropped: number
  }

export type TracesQuery = Pick<SpansQuery, 'range'> & {
  readonly tenantId: Tenants
  /** 32 hex digits each. */
  readonly traceIds: ReadonlyArray<string>
  /** Spans of each trace: its oldest. */
  readonly rowsEach: number
}

/** A span and whose it is. */
export type TenantSpanRow = SpanRow & { readonly tenant: string }

/** The first spans of some traces, oldest first. */
export function tracesStatement(
  spans: Source,
  { tenantId, traceIds, range, rowsEach }: TracesQuery,
): Statement {
  const time = spans.column('Timestamp')
  const id = spans.idText('TraceId')
  const isOne = traceIds.length === 1
  return select({
    from: spans,
    tenantId,
    columns: { tenant: spans.column('TenantId'), ...spanColumns(spans) },
    where: [
      sql`${time} >= ${instant(range.start)}`,
      sql`${time} < ${instant(range.end)}`,
      ...(isOne ? equal(id, traceIds[0]) : [isOneText(id, traceIds)]),
    ],
    orderBy: rowOrder(spans, 'forward'),
    // Of one trace the limit alone: then only the rows that are kept are read whole.
    ...(isOne ? {} : { limitBy: { rows: rowsEach, by: spans.column('TraceId') } }),
    limit: rowsEach * traceIds.length,
  })
}

/** The next spans of a trace, oldest first. */
export function spansStatement(
  spans: Source,
  { tenantId, traceId, range, after, rows }: SpansQuery,
): Statement {
  const time = spans.column('Timestamp')
  return select({
    from: spans,
    tenantId,
    columns: spanColumns(spans),
    where: [
      sql`${time} >= ${instant(range.start)}`,
      sql`${time} < ${instant(range.end)}`,
      ...equal(spans.idText('TraceId'), traceId),
      ...afterPosition(spans, 'forward', after),
    ],
    orderBy: rowOrder(spans, 'forward'),
    limit: rows,
  })
}
