import type { Run } from '../sql/queries.ts'
import type { Expr, Field } from '../traceql/ast.ts'
import { matchOf, type SpanScope } from '../traces/filter/compile.ts'
import type { TracesStore } from '../traces/store.ts'
import { SPAN_KINDS, SPAN_STATUSES } from '../traces/words.ts'
import type { VALUE_TYPES } from './response/schemas.ts'
import {
  intrinsicStatement,
  type TagRow,
  type TagScope,
  tagsStatement,
  type ValueRow,
  valuesStatement,
} from './statements.ts'

/** Spans whose tags are asked for. */
export type TagsQuery = { readonly scope: SpanScope; readonly expr: Expr; readonly limit: number }

/** Names of attributes, sorted. */
export async function tagNames(
  store: TracesStore,
  tags: TagScope,
  { scope, expr, limit }: TagsQuery,
  run: Run,
): Promise<string[]> {
  const match = matchOf(store, scope, expr)
  const rows = await store.queries.rows<TagRow>(tagsStatement(store, match, scope, tags, limit), run)
  return rows.map(({ name }) => name)
}

export type TagValue = { readonly type: (typeof VALUE_TYPES)[number]; readonly value: string }

const TYPES: Readonly<Record<string, TagValue['type']>> = { i: 'int', d: 'float', b: 'bool' }

/** Values of a tag, each once. What has no list of values, such as a duration, has none. */
export async function tagValues(
  store: TracesStore,
  field: Field,
  query: TagsQuery,
  run: Run,
): Promise<TagValue[]> {
  if (field.kind === 'attribute') return attributeValues(store, field, query, run)
  if (field.name === 'status') return SPAN_STATUSES.map((value) => ({ type: 'keyword', value }))
  if (field.name === 'kind') return SPAN_KINDS.map((value) => ({ type: 'keyword', value }))
  const match = matchOf(store, query.scope, query.expr)
  const statement = intrinsicStatement(store, match, field.name, query.limit)
  if (statement === undefined) return []
  const rows = await store.queries.rows<{ value: string }>(statement, run)
  return rows.map(({ value }) => ({ type: 'string', value }))
}

async function attributeValues(
  store: TracesStore,
  { scope: where, name: key }: Extract<Field, { kind: 'attribute' }>,
  { scope, expr, limit }: TagsQuery,
  run: Run,
): Promise<TagValue[]> {
  const match = matchOf(store, scope, expr)
  const scopes: ReadonlyArray<TagScope> = where === 'any' ? ['span', 'resource'] : [where]
  const found = new Map<string, TagValue>()
  for (const tags of scopes) {
    const statement = valuesStatement(store, match, scope, { tags, key, limit })
    for (const { value, letter } of await store.queries.rows<ValueRow>(statement, run)) {
      const type = TYPES[letter] ?? 'string'
      found.set(`${type} ${value}`, { type, value })
    }
  }
  return [...found.values()].slice(0, limit)
}
