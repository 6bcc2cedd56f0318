import { type Days, withinDays } from '../sql/conditions.ts'
import { type Statement, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

/** More names no answer looks at: then those with fewest series are left out. */
export const METRICS_MAX = 10_000
export const USED_NAMES_MAX = 100_000

export type MetricRow = {
  readonly metric: string
  readonly type: string
  readonly unit: string
  readonly monotonic: number
  /** To about one percent. */
  readonly series: number
}

/** Metrics with points on these days, as each type that they were sent as, those with most series first. */
export function metricsStatement(
  series: Source,
  { tenantId, days }: { readonly tenantId: string; readonly days: Days },
): Statement {
  const key = ['MetricName', 'MetricType', 'Unit', 'IsMonotonic'].map((name) => series.column(name))
  return select({
    from: series,
    tenantId,
    columns: {
      metric: key[0]!,
      type: key[1]!,
      unit: key[2]!,
      monotonic: sql`toUInt8(${key[3]!})`,
      series: sql`toFloat64(uniq(${series.column('SeriesFingerprint')}))`,
    },
    where: withinDays(series.column('Day'), days),
    groupBy: key,
    orderBy: [sql`series DESC`, ...key],
    limit: METRICS_MAX,
  })
}

/** The names that queries of these days used. */
export function usedNamesStatement(
  usage: Source,
  { tenantId, days }: { readonly tenantId: string; readonly days: Days },
): Statement {
  const name = usage.column('Name')
  return select({
    from: usage,
    tenantId,
    columns: { name },
    where: withinDays(usage.column('Day'), days),
    groupBy: [name],
    limit: USED_NAMES_MAX,
  })
}

/** Since when it is known what queries use: no row, if nothing is. */
export function recordedSinceStatement(usage: Source, tenantId: string): Statement {
  const day = usage.column('Day')
  return select({
    from: usage,
    tenantId,
    columns: { since: sql`toString(min(${day}))` },
    where: [],
    having: [sql`count() > 0`],
    limit: 1,
  })
}
