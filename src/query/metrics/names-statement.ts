import { type Days, withinDays } from '../sql/conditions.ts'
import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

/** A metric is its name, type and unit: one name may be sent with several. */
export type MetricPosition = { readonly name: string; readonly type: string; readonly unit: string }

export type NamesQuery = {
  readonly tenantId: string
  /** Part of the name, upper and lower case alike. */
  readonly match: string | undefined
  readonly days: Days
  readonly after: MetricPosition | undefined
  readonly rows: number
}

export type NameRow = MetricPosition & {
  readonly description: string
  /** A 64-bit number as text. */
  readonly series: string
}

/** The name stands in a condition of its own: the primary key prunes by it. */
function afterMetric(series: Source, { name, type, unit }: MetricPosition): Fragment[] {
  const nameColumn = series.column('MetricName')
  const typeColumn = series.column('MetricType')
  const nameValue = bind('String', name)
  const typeValue = bind('String', type)
  return [
    sql`${nameColumn} >= ${nameValue}`,
    sql`${nameColumn} > ${nameValue} OR ${typeColumn} > ${typeValue} OR (${typeColumn} = ${typeValue} AND ${series.column('Unit')} > ${bind('String', unit)})`,
  ]
}

/** Metrics with points on these days, by name, type and unit. */
export function namesStatement(series: Source, query: NamesQuery): Statement {
  const { tenantId, match, days, after, rows } = query
  const day = series.column('Day')
  const key = ['MetricName', 'MetricType', 'Unit'].map((name) => series.column(name))
  return select({
    from: series,
    tenantId,
    columns: {
      name: series.column('MetricName'),
      type: series.column('MetricType'),
      unit: series.column('Unit'),
      description: sql`argMax(${series.column('Description')}, ${day})`,
      series: sql`uniqExact(${series.column('SeriesFingerprint')})`,
    },
    where: [
      ...withinDays(day, days),
      ...(match === undefined
        ? []
        : [sql`positionCaseInsensitiveUTF8(${series.column('MetricName')}, ${bind('String', match)}) > 0`]),
      ...(after === undefined ? [] : afterMetric(series, after)),
    ],
    groupBy: key,
    orderBy: key,
    limit: rows,
  })
}
