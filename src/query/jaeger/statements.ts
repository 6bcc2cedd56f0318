import type { TimeRange } from '../parameters/range.ts'
import { instant } from '../sql/conditions.ts'
import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { isOneText, resultOf, select, selectOver, type Tenants } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import { storedServices } from './service-name.ts'

/** Services, and operations of a service, that one answer names. */
const NAMES_MAX = 10_000
/** Pairs of services. */
const EDGES_MAX = 10_000

type Asked = { readonly tenantId: Tenants; readonly range: TimeRange }

function within(spans: Source, { start, end }: TimeRange): Fragment[] {
  const time = spans.column('Timestamp')
  return [sql`${time} >= ${instant(start)}`, sql`${time} < ${instant(end)}`]
}

export type ServiceRow = { readonly service: string }

/** The services with spans. */
export function servicesStatement(spans: Source, { tenantId, range }: Asked): Statement {
  const service = spans.column('ServiceName')
  return select({
    from: spans,
    tenantId,
    columns: { service },
    where: within(spans, range),
    groupBy: [service],
    orderBy: [service],
    limit: NAMES_MAX,
  })
}

export type OperationRow = { readonly name: string; readonly kind: number }

/** Names and kinds of a service's spans. `kind`: of these only. */
export function operationsStatement(
  spans: Source,
  {
    tenantId,
    range,
    service,
    kind,
  }: Asked & { readonly service: string; readonly kind?: number | undefined },
): Statement {
  const name = spans.column('SpanName')
  const number = spans.column('SpanKind')
  return select({
    from: spans,
    tenantId,
    columns: { name, kind: number },
    where: [
      ...within(spans, range),
      isOneText(spans.column('ServiceName'), storedServices(service)),
      ...(kind === undefined ? [] : [sql`${number} = ${bind('UInt8', kind)}`]),
    ],
    groupBy: [name, number],
    orderBy: [name, number],
    limit: NAMES_MAX,
  })
}

/** How many spans there are. */
export function countStatement(spans: Source, { tenantId, range }: Asked): Statement {
  const columns = { spans: sql`toString(count())` }
  return select({ from: spans, tenantId, columns, where: within(spans, range), limit: 1 })
}

export type EdgeRow = { readonly parent: string; readonly child: string; readonly calls: string }

/**
 * Which service called which, how often: spans whose parent is a span of another service. Every span stands twice, under its
 * own id and under its parent's; where both meet is a call. Of every `shares` traces one is looked at, by its id.
 */
export function dependenciesStatement(
  spans: Source,
  { tenantId, range, shares }: Asked & { readonly shares: number },
): Statement {
  const [service, trace] = [spans.column('ServiceName'), spans.column('TraceId')]
  const ends = sql`arrayJoin([(${spans.column('SpanId')}, 0), (${spans.column('ParentSpanId')}, 1)])`
  const isChild = sql`tupleElement(${ends}, 2) = 1`
  const [parent, children] = [resultOf('parent'), resultOf('children')]
  return selectOver(
    {
      from: spans,
      tenantId,
      columns: {
        parent: sql`anyIf(${service}, NOT (${isChild}))`,
        children: sql`groupArrayIf(${service}, ${isChild})`,
      },
      where: [
        ...within(spans, range),
        sql`notEmpty(${trace}) AND notEmpty(${spans.column('SpanId')})`,
        sql`cityHash64(${trace}) % ${bind('UInt32', shares)} = 0`,
      ],
      groupBy: [spans.column('TenantId'), trace, sql`tupleElement(${ends}, 1)`],
      having: [sql`countIf(${isChild}) > 0`, sql`countIf(NOT (${isChild})) > 0`],
    },
    {
      columns: {
        parent,
        child: sql`arrayJoin(arrayFilter(name -> name != ${parent}, ${children}))`,
        calls: sql`toString(count())`,
      },
      where: [],
      groupBy: [parent, resultOf('child')],
      orderBy: [parent, resultOf('child')],
      limit: EDGES_MAX,
    },
  )
}
