import { and } from './conditions.ts'
import { bind, Fragment, join, render, type Statement, sql } from './fragment.ts'
import { boundNumbers } from './lists.ts'
import type { Source } from './source.ts'

export type Selection = {
  readonly from: Source
  /** Whose rows: the wall between tenants. */
  readonly tenantId: string | ReadonlyArray<string>
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
  if (!RESULT_NAME.test(name)) throw new TypeError(`BUG: ${JSON.stringify(name)} is not a result name`)
  return sql`${expression} AS ${new Fragment([name], [])}`
}

/** A SELECT that others stand around: without a limit, unless it has one. */
export type InnerSelection = Omit<Selection, 'limit'> & { readonly limit?: number }
/** What is made of the rows of a SELECT. */
export type OuterSelection = Pick<Selection, 'columns' | 'groupBy' | 'orderBy'> & {
  readonly where?: ReadonlyArray<Fragment>
}

/**
 * The one place where a SELECT for a user is put together, and the one place where its tenant is bound:
 * `tenant` is the first condition of every statement. Of several tenants, nothing but the list differs.
 */
export function select(selection: Selection): Statement {
  return rendered(ofTable(selection), selection)
}

/** SELECTs around one of a table, the innermost first: what they read has gone through its wall. */
export function selectOver(
  inner: InnerSelection,
  outers: ReadonlyArray<OuterSelection>,
  limit: number,
): Statement {
  let statement = ofTable(inner)
  if (inner.limit !== undefined) statement = sql`${statement} LIMIT ${bind('UInt32', inner.limit)}`
  for (const { columns, where = [], groupBy = [], orderBy = [] } of outers) {
    statement = sql`SELECT ${columnsOf(columns)} FROM (${statement})`
    if (where.length > 0) statement = sql`${statement} WHERE ${and(where)}`
    statement = grouped(statement, { groupBy, orderBy })
  }
  return rendered(statement, { tenantId: inner.tenantId, limit })
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

const columnsOf = (columns: Selection['columns']): Fragment =>
  join(Object.entries(columns).map(aliased), ', ')

function ofTable(selection: InnerSelection): Fragment {
  const { from, tenantId, where, limitBy } = selection
  const tenant =
    typeof tenantId === 'string'
      ? sql`${from.column('TenantId')} = {tenant:String}`
      : sql`${from.column('TenantId')} IN {tenant:Array(String)}`
  let statement = sql`SELECT ${columnsOf(selection.columns)} FROM ${from.table} WHERE ${tenant}`
  for (const condition of where) statement = sql`${statement} AND (${condition})`
  statement = grouped(statement, selection)
  return limitBy ? sql`${statement} LIMIT ${bind('UInt32', limitBy.rows)} BY ${limitBy.by}` : statement
}

function grouped(
  statement: Fragment,
  { groupBy = [], having = [], orderBy = [] }: Pick<Selection, 'groupBy' | 'having' | 'orderBy'>,
): Fragment {
  let whole = statement
  if (groupBy.length > 0) whole = sql`${whole} GROUP BY ${join(groupBy, ', ')}`
  if (having.length > 0) whole = sql`${whole} HAVING ${and(having)}`
  if (orderBy.length > 0) whole = sql`${whole} ORDER BY ${join(orderBy, ', ')}`
  return whole
}

function rendered(
  statement: Fragment,
  { tenantId, limit }: Pick<Selection, 'tenantId' | 'limit'>,
): Statement {
  const { sql: text, parameters } = render(sql`${statement} LIMIT ${bind('UInt32', limit)}`)
  return { sql: text, parameters: { ...parameters, tenant: tenantId } }
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
  return sql`${column} IN (SELECT arrayJoin(${bind('Array(String)', texts)}))`
}
