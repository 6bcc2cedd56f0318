import { orderColumns } from '../pages/row-order.ts'
import { hexText, withinDays } from '../sql/conditions.ts'
import { type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { isAmong, isOneText, resultOf, select } from '../sql/select.ts'
import { dayOf } from '../time.ts'
import type { Intrinsic } from '../traceql/ast.ts'
import { type AttributeColumns, placeOf } from '../traces/filter/attribute.ts'
import { isRoot, type SpanScope } from '../traces/filter/compile.ts'
import type { SpanMatch } from '../traces/search-statement.ts'
import type { TracesStore } from '../traces/store.ts'

/** A span that a search found, as ClickHouse sends it. */
export type FoundSpan = {
  readonly tenant: string
  readonly fingerprint: string
  /** Nanoseconds, as text; so is the duration. */
  readonly time: string
  readonly duration: string
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly kind: number
  readonly status: number
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly types: string
}

/** Of each trace the first spans that match. */
export function foundSpansStatement(
  { spans }: Pick<TracesStore, 'spans'>,
  { tenantId, where }: SpanMatch,
  traceIds: ReadonlyArray<string>,
  spansEach: number,
): Statement {
  const columns: Record<keyof FoundSpan, Fragment> = {
    tenant: spans.column('TenantId'),
    fingerprint: sql`toString(${spans.column('ResourceFingerprint')})`,
    time: orderColumns(spans).time,
    duration: sql`toString(${spans.column('Duration')})`,
    traceId: hexText(spans.column('TraceId')),
    spanId: hexText(spans.column('SpanId')),
    name: spans.column('SpanName'),
    kind: spans.column('SpanKind'),
    status: spans.column('StatusCode'),
    keys: sql`mapKeys(${spans.column('SpanAttributes')})`,
    values: sql`mapValues(${spans.column('SpanAttributes')})`,
    types: spans.column('SpanAttributeTypes'),
  }
  return select({
    from: spans,
    tenantId,
    columns,
    where: [...where, isOneText(spans.idText('TraceId'), traceIds)],
    orderBy: [spans.column('Timestamp'), spans.column('SpanId')],
    limitBy: { rows: spansEach, by: spans.column('TraceId') },
    limit: spansEach * traceIds.length,
  })
}

type Rows = Pick<Parameters<typeof select>[0], 'from' | 'tenantId' | 'where'> & AttributeColumns

/** The spans that match, and where their attributes stand. */
function spanRows({ spans }: Pick<TracesStore, 'spans'>, { tenantId, where }: SpanMatch): Rows {
  return {
    from: spans,
    tenantId,
    where,
    attributes: spans.column('SpanAttributes'),
    types: spans.column('SpanAttributeTypes'),
  }
}

/** The resources of those spans. */
function resourceRows({ spans, resources }: TracesStore, match: SpanMatch, { range }: SpanScope): Rows {
  const { tenantId, where } = match
  const days = { first: dayOf(String(range.start)), last: dayOf(String(range.end)) }
  const fingerprint = 'ResourceFingerprint'
  return {
    from: resources,
    tenantId,
    where: [
      ...withinDays(resources.column('Day'), days),
      isAmong(resources.column(fingerprint), spans.column(fingerprint), { from: spans, tenantId, where }),
    ],
    attributes: resources.column('Attributes'),
    types: resources.column('AttributeTypes'),
  }
}

export type TagScope = 'span' | 'resource'

function rowsOf(store: TracesStore, match: SpanMatch, scope: SpanScope, tags: TagScope): Rows {
  return tags === 'span' ? spanRows(store, match) : resourceRows(store, match, scope)
}

export type TagRow = { readonly name: string }

/** Names of attributes. */
export function tagsStatement(
  store: TracesStore,
  match: SpanMatch,
  scope: SpanScope,
  tags: TagScope,
  limit: number,
): Statement {
  const { from, tenantId, where, attributes } = rowsOf(store, match, scope, tags)
  const name = resultOf('name')
  const columns = { name: sql`arrayJoin(mapKeys(${attributes}))` }
  return select({ from, tenantId, columns, where, groupBy: [name], orderBy: [name], limit })
}

/** `letter`: of the value's type. */
export type ValueRow = { readonly value: string; readonly letter: string }

/** Values of an attribute. */
export function valuesStatement(
  store: TracesStore,
  match: SpanMatch,
  scope: SpanScope,
  { tags, key, limit }: { readonly tags: TagScope; readonly key: string; readonly limit: number },
): Statement {
  const { from, tenantId, where, ...columns } = rowsOf(store, match, scope, tags)
  const place = placeOf(columns, key)
  const value = sql`arrayElement(mapValues(${columns.attributes}), ${place})`
  const letter = sql`substring(${columns.types}, ${place}, 1)`
  return select({
    from,
    tenantId,
    columns: { value, letter },
    where: [...where, sql`${place} > 0`],
    groupBy: [value, letter],
    orderBy: [value, letter],
    limit,
  })
}

/** Columns that hold the values of intrinsics, and whether only roots have them. */
const INTRINSIC_COLUMNS: Partial<
  Readonly<Record<Intrinsic, { readonly column: string; readonly ofRoots: boolean }>>
> = {
  name: { column: 'SpanName', ofRoots: false },
  statusMessage: { column: 'StatusMessage', ofRoots: false },
  rootName: { column: 'SpanName', ofRoots: true },
  rootServiceName: { column: 'ServiceName', ofRoots: true },
}

/** Values of an intrinsic that is a text; undefined of others. */
export function intrinsicStatement(
  { spans }: Pick<TracesStore, 'spans'>,
  { tenantId, where }: SpanMatch,
  name: Intrinsic,
  limit: number,
): Statement | undefined {
  const known = INTRINSIC_COLUMNS[name]
  if (known === undefined) return undefined
  const value = spans.column(known.column)
  return select({
    from: spans,
    tenantId,
    columns: { value },
    where: [...where, sql`notEmpty(${value})`, ...(known.ofRoots ? [isRoot({ spans })] : [])],
    groupBy: [value],
    orderBy: [value],
    limit,
  })
}
