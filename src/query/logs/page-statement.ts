import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import type { Position } from './cursor.ts'
import type { Direction, LogFilter, TimeRange } from './parameters.ts'
import { bodyContains } from './text-condition.ts'
import type { Nanos } from './time.ts'

export type PageQuery = {
  readonly tenantId: string
  readonly filter: LogFilter
  /** Conditions beside those of the filter. */
  readonly only?: ReadonlyArray<Fragment>
  readonly direction: Direction
  readonly range: TimeRange
  /** The record before the page; undefined for the first page. */
  readonly after: Position | undefined
  readonly rows: number
}

export const instant = (nanos: Nanos): Fragment =>
  sql`fromUnixTimestamp64Nano(${bind('Int64', String(nanos))}, 'UTC')`

const equal = (column: Fragment, value: string | undefined): Fragment[] =>
  value === undefined ? [] : [sql`${column} = ${bind('String', value)}`]

/** `Timestamp` alone is compared first, in a conjunct of its own: the primary key prunes by it. */
export function afterPosition(
  logs: Source,
  direction: Direction,
  { timestamp, seq, gatewayId }: Position,
): Fragment[] {
  const time = logs.column('Timestamp')
  const at = instant(timestamp)
  const seqColumn = logs.column('Seq')
  const gateway = logs.column('GatewayId')
  const seqValue = bind('UInt64', String(seq))
  const gatewayValue = bind('String', gatewayId)
  return direction === 'backward'
    ? [
        sql`${time} <= ${at}`,
        sql`${time} < ${at} OR ${seqColumn} < ${seqValue} OR (${seqColumn} = ${seqValue} AND ${gateway} < ${gatewayValue})`,
      ]
    : [
        sql`${time} >= ${at}`,
        sql`${time} > ${at} OR ${seqColumn} > ${seqValue} OR (${seqColumn} = ${seqValue} AND ${gateway} > ${gatewayValue})`,
      ]
}

/** What the filters of a request say, its LogQL query left out: that is the executor's. */
export function filterConditions(logs: Source, filter: LogFilter, range: TimeRange): Fragment[] {
  const time = logs.column('Timestamp')
  return [
    sql`${time} >= ${instant(range.start)}`,
    sql`${time} < ${instant(range.end)}`,
    ...equal(logs.column('AppId'), filter.app),
    ...equal(logs.column('ServiceName'), filter.service),
    ...equal(logs.column('Namespace'), filter.namespace),
    ...equal(logs.column('Pod'), filter.pod),
    ...equal(logs.column('Container'), filter.container),
    ...(filter.severity === undefined
      ? []
      : [sql`${logs.column('SeverityNumber')} >= ${bind('UInt8', filter.severity)}`]),
    // As the bloom index on the trace id spells it.
    ...equal(sql`lower(hex(${logs.column('TraceId')}))`, filter.traceId),
    ...(filter.text === undefined ? [] : bodyContains(logs, filter.text)),
  ]
}

function conditions(logs: Source, query: PageQuery): Fragment[] {
  const { filter, only = [], range, after, direction } = query
  return [
    ...filterConditions(logs, filter, range),
    ...(after === undefined ? [] : afterPosition(logs, direction, after)),
    ...only,
  ]
}

/** The columns of {@link LogRow}. */
export function columns(logs: Source): Record<string, Fragment> {
  const nanos = (name: string): Fragment => sql`toString(toUnixTimestamp64Nano(${logs.column(name)}))`
  const hex = (name: string): Fragment => sql`lower(hex(${logs.column(name)}))`
  return {
    time: nanos('Timestamp'),
    observedTime: nanos('ObservedTimestamp'),
    sourceTime: nanos('SourceTime'),
    seq: sql`toString(${logs.column('Seq')})`,
    gatewayId: logs.column('GatewayId'),
    retentionDays: logs.column('RetentionDays'),
    fingerprint: sql`toString(${logs.column('ResourceFingerprint')})`,
    service: logs.column('ServiceName'),
    app: logs.column('AppId'),
    namespace: logs.column('Namespace'),
    pod: logs.column('Pod'),
    container: logs.column('Container'),
    traceId: hex('TraceId'),
    spanId: hex('SpanId'),
    flags: logs.column('TraceFlags'),
    severityNumber: logs.column('SeverityNumber'),
    severityText: logs.column('SeverityText'),
    body: logs.column('Body'),
    bodyType: logs.column('BodyType'),
    eventName: logs.column('EventName'),
    scopeName: logs.column('ScopeName'),
    scopeVersion: logs.column('ScopeVersion'),
    scopeSchemaUrl: logs.column('ScopeSchemaUrl'),
    // Arrays, because a JSON object would lose the order that the letters of the types follow.
    scopeKeys: sql`mapKeys(${logs.column('ScopeAttributes')})`,
    scopeValues: sql`mapValues(${logs.column('ScopeAttributes')})`,
    scopeTypes: logs.column('ScopeAttributeTypes'),
    scopeDropped: logs.column('ScopeDroppedAttributesCount'),
    keys: sql`mapKeys(${logs.column('LogAttributes')})`,
    values: sql`mapValues(${logs.column('LogAttributes')})`,
    types: logs.column('LogAttributeTypes'),
    dropped: logs.column('DroppedAttributesCount'),
  }
}

/** A row of the page as ClickHouse sends it: 64-bit numbers as text, attributes as parallel arrays. */
export type LogRow = {
  readonly time: string
  readonly observedTime: string
  readonly sourceTime: string
  readonly seq: string
  readonly gatewayId: string
  readonly retentionDays: number
  readonly fingerprint: string
  readonly service: string
  readonly app: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly severityNumber: number
  readonly severityText: string
  readonly body: string
  readonly bodyType: string
  readonly eventName: string
  readonly scopeName: string
  readonly scopeVersion: string
  readonly scopeSchemaUrl: string
  readonly scopeKeys: ReadonlyArray<string>
  readonly scopeValues: ReadonlyArray<string>
  readonly scopeTypes: string
  readonly scopeDropped: number
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly types: string
  readonly dropped: number
}

/** The next `rows` records in the total order (Timestamp, Seq, GatewayId): ties of a nanosecond can't be lost. */
export function pageStatement(logs: Source, query: PageQuery): Statement {
  const backward = query.direction === 'backward'
  const order = (name: string): Fragment => (backward ? sql`${logs.column(name)} DESC` : logs.column(name))
  return select({
    from: logs,
    tenantId: query.tenantId,
    columns: columns(logs),
    where: conditions(logs, query),
    orderBy: [order('Timestamp'), order('Seq'), order('GatewayId')],
    limit: query.rows,
  })
}
