import type { KeyValueJson } from '../../otlp/json/value-json.ts'
import { idOf } from '../records/fields.ts'
import { storedValue } from '../records/otlp-values.ts'
import { KnownResources, type ResourceRow } from '../records/resources.ts'
import type { Run } from '../sql/queries.ts'
import { attributesOf, type Expr, type Field } from '../traceql/ast.ts'
import { matchOf, type SpanScope } from '../traces/filter/compile.ts'
import { type MatchRow, matchesStatement } from '../traces/search-statement.ts'
import type { TracesStore } from '../traces/store.ts'
import { ASKED_MAX, Summaries, type TraceSummary } from '../traces/summaries.ts'
import { SPAN_KINDS, SPAN_STATUSES, wordOf } from '../traces/words.ts'
import { type FoundSpan, foundSpansStatement } from './statements.ts'

export type TempoSearch = {
  readonly scope: SpanScope
  readonly expr: Expr
  /** Traces. */
  readonly limit: number
  /** Spans of each trace's spanset. */
  readonly spansEach: number
}

/** As Tempo calls a trace whose root is not stored. */
const NO_ROOT = '<root span not yet received>'
const UINT32_MAX = 2 ** 32 - 1

/** Traces with spans that match, newest first, and the first of those spans. */
export async function searchTraces(store: TracesStore, search: TempoSearch, run: Run): Promise<object[]> {
  const match = matchOf(store, search.scope, search.expr)
  const statement = matchesStatement(store.spans, { ...match, after: undefined, rows: search.limit })
  const matches = await store.queries.rows<MatchRow>(statement, run)
  const summaries = new Summaries(store, match, run)
  await summaries.learn(matches)
  const spans: FoundSpan[] = []
  for (let i = 0; i < matches.length; i += ASKED_MAX) {
    const ids = matches.slice(i, i + ASKED_MAX).map(({ traceId }) => traceId)
    spans.push(
      ...(await store.queries.rows<FoundSpan>(foundSpansStatement(store, match, ids, search.spansEach), run)),
    )
  }
  const { tenantId } = search.scope
  const resources = new KnownResources(store.queries, store.resources, tenantId, run, (row) => row)
  await resources.learn(spans)
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId)
  const fields = attributesOf(search.expr)
  const intrinsics = wordsAskedFor(search.expr)
  return matches.map((row) => {
    const summary = summaries.summaryOf(row)
    const found = (byTrace.get(row.traceId) ?? []).map((span) => ({
      spanID: idOf(span.spanId),
      name: span.name,
      startTimeUnixNano: span.time,
      durationNanos: span.duration,
      attributes: [
        ...wordsOf(span, intrinsics),
        ...shownAttributes(span, resources.of(span.fingerprint, span.tenant), fields),
      ],
    }))
    return traceOf(summary, found)
  })
}

function traceOf(
  { traceId, root, startNs, durationNs, matchedSpans }: TraceSummary,
  spans: ReadonlyArray<object>,
) {
  const spanSet = { spans, matched: matchedSpans }
  return {
    traceID: traceId,
    rootServiceName: root?.service ?? NO_ROOT,
    ...(root === undefined ? {} : { rootTraceName: root.name }),
    startTimeUnixNano: startNs,
    durationMs: Math.min(UINT32_MAX, Number(BigInt(durationNs) / 1_000_000n)),
    spanSet,
    spanSets: [spanSet],
  }
}

type AttributeField = Extract<Field, { kind: 'attribute' }>

/** The attributes that the query asks about, as the span or its resource has them. */
function shownAttributes(
  span: FoundSpan,
  resource: ResourceRow | undefined,
  fields: ReadonlyArray<AttributeField>,
): KeyValueJson[] {
  return fields.flatMap(({ scope, name }) => {
    const ofSpan = scope === 'resource' ? -1 : span.keys.indexOf(name)
    if (ofSpan !== -1) return { key: name, value: storedValue(span.types[ofSpan]!, span.values[ofSpan]!) }
    const ofResource = scope === 'span' ? -1 : (resource?.keys.indexOf(name) ?? -1)
    if (resource === undefined || ofResource === -1) return []
    return { key: name, value: storedValue(resource.types[ofResource]!, resource.values[ofResource]!) }
  })
}

type Words = ReadonlySet<'status' | 'kind'>

/** Which of the two words of a span the query asks about. */
function wordsAskedFor(expr: Expr): Words {
  if (expr.kind === 'and' || expr.kind === 'or')
    return new Set([...wordsAskedFor(expr.left), ...wordsAskedFor(expr.right)])
  if (expr.kind === 'not') return wordsAskedFor(expr.operand)
  if (expr.kind !== 'comparison' || expr.field.kind !== 'intrinsic') return new Set()
  const { name } = expr.field
  return name === 'status' || name === 'kind' ? new Set([name] as const) : new Set()
}

function wordsOf({ status, kind }: FoundSpan, words: Words): KeyValueJson[] {
  const shown = { status: wordOf(SPAN_STATUSES, status), kind: wordOf(SPAN_KINDS, kind) }
  return [...words].map((key) => ({ key, value: { stringValue: shown[key] } }))
}
