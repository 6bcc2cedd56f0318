import { and } from './conditions.ts'
import { bind, Fragment, join, render, type Statement, sql } from './fragment.ts'
import { boundNumbers, boundTexts } from './lists.ts'
import type { Source } from './source.ts'

/** One tenant, or several at once. */
export type Tenants = string | ReadonlyArray<string>

/** Of a list of tenants: one is bound as one, which the primary key likes best. */
export function ofTenants(tenantIds: ReadonlyArray<string>): Tenants {
  return tenantIds.length === 1 ? tenantIds[0]! : tenantIds
}

export type Selection = {
  readonly from: Source
  /** Whose rows: the wall between tenants. */
  readonly tenantId: Tenants
  /** Result name (from our source, never from a user) → expression. */
  readonly columns: Readonly<Record<string, Fragment>>
  readonly where: ReadonlyArray<Fragment>
  readonly groupBy?: ReadonlyArray<Fragment>
  /** Conditions on groups. */
  readonly having?: ReadonlyArray<Fragment>
  readonly orderBy?: ReadonlyArray<Fragment>
  readonly limitBy?: { readonly rows: number; readonly by: Fragment }
  readonly limit: number
}

const RESULT_NAME = /^[a-z][A-Za-z0-9]*$/

function aliased([name, expression]: [string, Fragment]): Fragment {
  return sql`${expression} AS ${resultOf(name)}`
}

type Matching = Pick<Selection, 'from' | 'tenantId' | 'where' | 'groupBy' | 'having'>

/** The one place where the tenant is bound: the first condition of whatever is read. */
function matching(
  columns: Fragment,
  { from, tenantId, where, groupBy = [], having = [] }: Matching,
): Fragment {
  const tenant =
    typeof tenantId === 'string'
      ? sql`${from.column('TenantId')} = {tenant:String}`
      : sql`${from.column('TenantId')} IN {tenant:Array(String)}`
  let rows = sql`SELECT ${columns} FROM ${from.table} WHERE ${tenant}`
  for (const condition of where) rows = sql`${rows} AND (${condition})`
  if (groupBy.length > 0) rows = sql`${rows} GROUP BY ${join(groupBy, ', ')}`
  return having.length > 0 ? sql`${rows} HAVING ${and(having)}` : rows
}

const columnsOf = (columns: Selection['columns']): Fragment =>
  join(Object.entries(columns).map(aliased), ', ')

function finished(rows: Fragment, tenantId: Tenants, limit: number): Statement {
  const rendered = render(sql`${rows} LIMIT ${bind('UInt32', limit)}`)
  return { sql: rendered.sql, parameters: { ...rendered.parameters, tenant: tenantId } }
}

/**
 * The one place where a SELECT for a user is put together: its tenant is the first condition of every statement. Of several
 * tenants, nothing but the list differs.
 */
export function select(selection: Selection): Statement {
  const { tenantId, orderBy = [], limitBy, limit } = selection
  let statement = matching(columnsOf(selection.columns), selection)
  if (orderBy.length > 0) statement = sql`${statement} ORDER BY ${join(orderBy, ', ')}`
  if (limitBy) statement = sql`${statement} LIMIT ${bind('UInt32', limitBy.rows)} BY ${limitBy.by}`
  return finished(statement, tenantId, limit)
}

/** A result name of the inner selection, for the outer one. */
export function resultOf(name: string): Fragment {
  if (!RESULT_NAME.test(name)) throw new TypeError(`BUG: ${JSON.stringify(name)} is not a result name`)
  return new Fragment([name], [])
}

export type Outer = Pick<Selection, 'columns' | 'groupBy' | 'where' | 'orderBy' | 'limit'>

/** A selection from the rows of another one, whose columns it names by {@link resultOf}. */
export function selectOver(inner: Matching & Pick<Selection, 'columns'>, outer: Outer): Statement {
  const rows = matching(columnsOf(inner.columns), inner)
  return finished(around(rows, outer), inner.tenantId, outer.limit)
}

function around(
  rows: Fragment,
  { columns, groupBy = [], where = [], orderBy = [] }: OuterSelection,
): Fragment {
  let statement = sql`SELECT ${columnsOf(columns)} FROM (${rows})`
  if (where.length > 0) statement = sql`${statement} WHERE ${and(where)}`
  if (groupBy.length > 0) statement = sql`${statement} GROUP BY ${join(groupBy, ', ')}`
  return orderBy.length > 0 ? sql`${statement} ORDER BY ${join(orderBy, ', ')}` : statement
}

/** The innermost of several SELECTs, which may have a limit of its own. */
export type InnerSelection = Matching & Pick<Selection, 'columns'> & { readonly limit?: number }
/** What is made of the rows of a SELECT. */
export type OuterSelection = Pick<Selection, 'columns' | 'groupBy' | 'orderBy'> &
  Partial<Pick<Selection, 'where'>>

/** SELECTs around one of a table, the innermost first: what they read has gone through its wall. */
export function selectNested(
  inner: InnerSelection,
  outers: ReadonlyArray<OuterSelection>,
  limit: number,
): Statement {
  let statement = matching(columnsOf(inner.columns), inner)
  if (inner.limit !== undefined) statement = sql`${statement} LIMIT ${bind('UInt32', inner.limit)}`
  for (const outer of outers) statement = around(statement, outer)
  return finished(statement, inner.tenantId, limit)
}

/** Asks the server about itself: no row of anybody is read. */
export function selectConstants(columns: Selection['columns']): Statement {
  return render(sql`SELECT ${columnsOf(columns)}`)
}

/** The names of the server's functions that begin and end so. */
export function selectFunctions(beginning: string, ending: string, limit: number): Statement {
  return render(
    sql`SELECT name FROM system.functions WHERE startsWith(name, ${bind('String', beginning)}) AND endsWith(name, ${bind('String', ending)}) LIMIT ${bind('UInt32', limit)}`,
  )
}

/**
 * `outer` (of several columns: a tuple) is what `column` is in some row of a table, of the same tenants as the statement
 * around it: both read the one parameter. GLOBAL, since on a cluster the inner rows may lie on other shards.
 */
export function isAmong(outer: Fragment, column: Fragment, inner: Matching): Fragment {
  return sql`${outer} GLOBAL IN (${matching(column, inner)})`
}

/**
 * `column` is one of these 64-bit numbers (as text: no digit is lost). A sub-select, because only a set is looked
 * up in the primary key: an array expression is rewritten to `has`, which reads all of a tenant, and searches the
 * array from its start for every row.
 */
export function isOneOf(column: Fragment, numbers: ReadonlyArray<string>): Fragment {
  return sql`${column} IN (SELECT arrayJoin(${boundNumbers(numbers)}))`
}

/** `id` is one of these trace ids (32 hex digits): as bytes, which the primary key knows. */
export function isTraceId(id: Fragment, hex: ReadonlyArray<string>): Fragment {
  return sql`${id} IN (SELECT arrayJoin(arrayMap(digits -> toFixedString(unhex(digits), 16), ${bind('Array(String)', hex)})))`
}

/** `column` is one of these texts. */
export function isOneText(column: Fragment, texts: ReadonlyArray<string>): Fragment {
  return sql`${column} IN (SELECT arrayJoin(${boundTexts(texts)}))`
}
