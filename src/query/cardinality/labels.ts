import { bind, type Statement, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

/** An attribute of a metric's data points. */
export type Label = {
  readonly label: string
  /** Different values, to about one percent. */
  readonly values: number
  /** Series that have it, to about one percent. */
  readonly series: number
}

const DAY_MS = 86_400_000

/** The labels of a metric with most values, in the series that were stored yesterday and today (UTC). */
export function labelsStatement(
  series: Source,
  { tenantId, metric, limit }: { readonly tenantId: string; readonly metric: string; readonly limit: number },
  nowMs: number,
): Statement {
  const attributes = series.column('Attributes')
  const yesterday = new Date(nowMs - DAY_MS).toISOString().slice(0, 10)
  return select({
    from: series,
    tenantId,
    columns: {
      label: sql`arrayJoin(mapKeys(${attributes}))`,
      values: sql`toFloat64(uniq(${attributes}[label]))`,
      series: sql`toFloat64(uniq(${series.column('SeriesFingerprint')}))`,
    },
    where: [
      sql`${series.column('MetricName')} = ${bind('String', metric)}`,
      sql`${series.column('Day')} >= toDate(${bind('String', yesterday)})`,
    ],
    groupBy: [sql`label`],
    orderBy: [sql`values DESC`, sql`label`],
    limit,
  })
}
