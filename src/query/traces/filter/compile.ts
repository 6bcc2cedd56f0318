import type { TimeRange } from '../../parameters/range.ts'
import { and, instant, withinDays } from '../../sql/conditions.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import { isAmong, type Tenants } from '../../sql/select.ts'
import { dayOf } from '../../time.ts'
import type { Comparison, Expr, Field, Intrinsic, Op, Value } from '../../traceql/ast.ts'
import type { SpanMatch } from '../search-statement.ts'
import type { TracesStore } from '../store.ts'
import { type AttributeColumns, compareAttribute, placeOf } from './attribute.ts'
import { compareNanos, compareText, operator } from './text.ts'

/** What a condition is about: whose spans, and when they started. */
export type SpanScope = { readonly tenantId: Tenants; readonly range: TimeRange }

type Tables = Pick<TracesStore, 'spans' | 'resources' | 'traceTimes'>

/** Spans of traces, within the range, of which the expression is true. */
export function matchOf(store: Tables, scope: SpanScope, expr: Expr): SpanMatch {
  const time = store.spans.column('Timestamp')
  return {
    tenantId: scope.tenantId,
    where: [
      sql`${time} >= ${instant(scope.range.start)}`,
      sql`${time} < ${instant(scope.range.end)}`,
      sql`notEmpty(${store.spans.column('TraceId')})`,
      ...(expr.kind === 'constant' && expr.value ? [] : [new Compiler(store, scope).condition(expr)]),
    ],
  }
}

/** Columns that are the text of one attribute of the resource; empty where there is none. */
const PLACE_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['service.name', 'ServiceName'],
  ['k8s.namespace.name', 'Namespace'],
  ['k8s.pod.name', 'Pod'],
  ['k8s.container.name', 'Container'],
])

/** A trace's root may have started on the day before its spans that match. */
const ROOT_EARLIER_NS = 86_400_000_000_000n

class Compiler {
  readonly #store: Tables
  readonly #scope: SpanScope
  readonly #span: AttributeColumns
  readonly #resource: AttributeColumns

  constructor(store: Tables, scope: SpanScope) {
    this.#store = store
    this.#scope = scope
    const { spans, resources } = store
    this.#span = { attributes: spans.column('SpanAttributes'), types: spans.column('SpanAttributeTypes') }
    this.#resource = { attributes: resources.column('Attributes'), types: resources.column('AttributeTypes') }
  }

  condition(expr: Expr): Fragment {
    switch (expr.kind) {
      case 'and':
        return sql`(${this.condition(expr.left)} AND ${this.condition(expr.right)})`
      case 'or':
        return sql`(${this.condition(expr.left)} OR ${this.condition(expr.right)})`
      case 'not':
        return sql`NOT (${this.condition(expr.operand)})`
      case 'constant':
        return expr.value ? sql`1` : sql`0`
      case 'comparison':
        return expr.field.kind === 'attribute'
          ? this.#attribute(expr.field, expr)
          : this.#intrinsic(expr.field.name, expr.op, expr.value)
    }
  }

  #attribute(field: Extract<Field, { kind: 'attribute' }>, { op, value }: Comparison): Fragment {
    const { scope, name } = field
    if (scope === 'span') return compareAttribute(this.#span, name, op, value)
    const ofResource = this.#ofResource(name, op, value)
    if (scope === 'resource') return ofResource
    const ofSpan = compareAttribute(this.#span, name, op, value)
    if (value.kind === 'anyText') return sql`(${ofSpan} OR ${ofResource})`
    if (value.kind === 'nil')
      return op === '=' ? sql`(${ofSpan} AND ${ofResource})` : sql`(${ofSpan} OR ${ofResource})`
    return sql`if(${placeOf(this.#span, name)} > 0, ${ofSpan}, ${ofResource})`
  }

  #ofResource(name: string, op: Op, value: Value): Fragment {
    const place = PLACE_COLUMNS.get(name)
    if (place !== undefined && (value.kind === 'string' || value.kind === 'anyText') && value.text !== '') {
      const text = this.#store.spans.column(place)
      return sql`(notEmpty(${text}) AND ${compareText(text, op, value.text)})`
    }
    if (value.kind === 'nil' && op === '=') return sql`NOT ${this.#amongResources(name, '!=', value)}`
    return this.#amongResources(name, op, value)
  }

  /** By fingerprint: equal ones are of equal resources, whoever's they are. */
  #amongResources(name: string, op: Op, value: Value): Fragment {
    const { spans, resources } = this.#store
    return isAmong(spans.column('ResourceFingerprint'), resources.column('ResourceFingerprint'), {
      from: resources,
      tenantId: this.#scope.tenantId,
      where: [
        ...withinDays(resources.column('Day'), this.#days(0)),
        compareAttribute(this.#resource, name, op, value),
      ],
    })
  }

  #intrinsic(name: Intrinsic, op: Op, value: Value): Fragment {
    const { spans } = this.#store
    if (name === 'nestedSetParent') return op === '<' ? isRoot(this.#store) : sql`NOT ${isRoot(this.#store)}`
    if (name === 'rootName' || name === 'rootServiceName') return this.#rootIs(name, op, value)
    if (name === 'traceDuration') return this.#traceTook(op, value)
    if (value.kind === 'duration') return compareNanos(spans.column('Duration'), op, value.ns)
    if (value.kind === 'status') return numberIs(spans.column('StatusCode'), op, value.number)
    if (value.kind === 'spanKind') return numberIs(spans.column('SpanKind'), op, value.number)
    if (value.kind !== 'string') throw new TypeError(`BUG: ${name} is not compared with ${value.kind}`)
    if (name === 'traceId')
      return compareText(spans.idText('TraceId'), op, value.text.toLowerCase().padStart(32, '0'))
    if (name === 'spanId') return compareText(spans.idText('SpanId'), op, value.text.toLowerCase())
    return compareText(spans.column(name === 'name' ? 'SpanName' : 'StatusMessage'), op, value.text)
  }

  /** The trace of a span: ids of different tenants are different traces here. */
  #trace(rows: Tables['spans']): Fragment {
    return sql`(${rows.column('TenantId')}, ${rows.column('TraceId')})`
  }

  #rootIs(name: 'rootName' | 'rootServiceName', op: Op, value: Value): Fragment {
    const { spans } = this.#store
    const { tenantId, range } = this.#scope
    if (value.kind !== 'string') throw new TypeError(`BUG: ${name} is not compared with ${value.kind}`)
    const start = range.start > ROOT_EARLIER_NS ? range.start - ROOT_EARLIER_NS : 0n
    const time = spans.column('Timestamp')
    return isAmong(this.#trace(spans), this.#trace(spans), {
      from: spans,
      tenantId,
      where: [
        sql`${time} >= ${instant(start)}`,
        sql`${time} < ${instant(range.end)}`,
        and([
          isRoot(this.#store),
          compareText(spans.column(name === 'rootName' ? 'SpanName' : 'ServiceName'), op, value.text),
        ]),
      ],
    })
  }

  #traceTook(op: Op, value: Value): Fragment {
    const { spans, traceTimes } = this.#store
    if (value.kind !== 'duration')
      throw new TypeError(`BUG: a trace's duration is compared with ${value.kind}`)
    const nanos = (time: Fragment): Fragment => sql`toUnixTimestamp64Nano(${time})`
    const start = nanos(sql`min(${traceTimes.column('Start')})`)
    const end = nanos(sql`max(${traceTimes.column('End')})`)
    return isAmong(this.#trace(spans), this.#trace(traceTimes), {
      from: traceTimes,
      tenantId: this.#scope.tenantId,
      where: withinDays(traceTimes.column('Day'), this.#days(1)),
      groupBy: [traceTimes.column('TenantId'), traceTimes.column('TraceId')],
      having: [compareNanos(sql`greatest(${end} - ${start}, 0)`, op, value.ns)],
    })
  }

  /** The days of the range, and `more` before and after it. */
  #days(more: number) {
    const { start, end } = this.#scope.range
    return { first: Math.max(0, dayOf(String(start)) - more), last: dayOf(String(end)) + more }
  }
}

export function isRoot({ spans }: Pick<Tables, 'spans'>): Fragment {
  return sql`empty(${spans.column('ParentSpanId')})`
}

function numberIs(column: Fragment, op: Op, number: number): Fragment {
  return sql`${column} ${operator(op)} ${bind('Int64', number)}`
}
