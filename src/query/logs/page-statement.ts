import {
  afterPosition,
  type Direction,
  orderColumns,
  type PlacedRow,
  type RowPosition,
  rowOrder,
} from '../pages/row-order.ts'
import type { TimeRange } from '../parameters/range.ts'
import { type OwnerColumns, ownerColumns, type ScopeColumns, scopeColumns } from '../records/fields.ts'
import { atPlace, equal, hexText, instant, nanosText } from '../sql/conditions.ts'
import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import type { LogFilter } from './parameters.ts'
import { bodyContains } from './text-condition.ts'

export type PageQuery = {
  readonly tenantId: string
  readonly filter: LogFilter
  /** Conditions beside those of the filter. */
  readonly only?: ReadonlyArray<Fragment>
  readonly direction: Direction
  readonly range: TimeRange
  /** The record before the page; undefined for the first page. */
  readonly after: RowPosition | undefined
  readonly rows: number
}

/** Zeros stand for no id. */
const NO_TRACE = '0'.repeat(32)

/** What the filters of a request say, its LogQL query left out: that is the executor's. */
export function filterConditions(logs: Source, filter: LogFilter, range: TimeRange): Fragment[] {
  const time = logs.column('Timestamp')
  return [
    sql`${time} >= ${instant(range.start)}`,
    sql`${time} < ${instant(range.end)}`,
    ...atPlace(logs, filter),
    ...(filter.severity === undefined
      ? []
      : [sql`${logs.column('SeverityNumber')} >= ${bind('UInt8', filter.severity)}`]),
    ...equal(logs.idText('TraceId'), filter.traceId === NO_TRACE ? '' : filter.traceId),
    ...(filter.text === undefined ? [] : bodyContains(logs, filter.text)),
  ]
}

function conditions(logs: Source, query: PageQuery): Fragment[] {
  const { filter, only = [], range, after, direction } = query
  return [...filterConditions(logs, filter, range), ...afterPosition(logs, direction, after), ...only]
}

/** The columns of {@link LogRow}. */
export function columns(logs: Source): Record<string, Fragment> {
  const nanos = (name: string): Fragment => nanosText(logs.column(name))
  return {
    ...orderColumns(logs),
    ...ownerColumns(logs),
    observedTime: nanos('ObservedTimestamp'),
    sourceTime: nanos('SourceTime'),
    traceId: hexText(logs.column('TraceId')),
    spanId: hexText(logs.column('SpanId')),
    flags: logs.column('TraceFlags'),
    severityNumber: logs.column('SeverityNumber'),
    severityText: logs.column('SeverityText'),
    body: logs.column('Body'),
    bodyType: logs.column('BodyType'),
    eventName: logs.column('EventName'),
    ...scopeColumns(logs),
    keys: sql`mapKeys(${logs.column('LogAttributes')})`,
    values: sql`mapValues(${logs.column('LogAttributes')})`,
    types: logs.column('LogAttributeTypes'),
    dropped: logs.column('DroppedAttributesCount'),
  }
}

/** A row of the page as ClickHouse sends it: 64-bit numbers as text, attributes as parallel arrays. */
export type LogRow = PlacedRow &
  OwnerColumns &
  ScopeColumns & {
    readonly observedTime: string
    readonly sourceTime: string
    readonly traceId: string
    readonly spanId: string
    readonly flags: number
    readonly severityNumber: number
    readonly severityText: string
    readonly body: string
    readonly bodyType: string
    readonly eventName: string
    readonly keys: ReadonlyArray<string>
    readonly values: ReadonlyArray<string>
    readonly types: string
    readonly dropped: number
  }

/** The next `rows` records in the total order (Timestamp, Seq, GatewayId): ties of a nanosecond can't be lost. */
export function pageStatement(logs: Source, query: PageQuery): Statement {
  return select({
    from: logs,
    tenantId: query.tenantId,
    columns: columns(logs),
    where: conditions(logs, query),
    orderBy: rowOrder(logs, query.direction),
    limit: query.rows,
  })
}
