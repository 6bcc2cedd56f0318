import type { Labels } from '../../logql/record.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { partLabel } from '../naming/parts.ts'
import type { SeriesQuery } from './executor.ts'
import { pointOf } from './float-series.ts'
import { type Lane, lanesOf } from './lanes.ts'
import { pairs, pointConditions, seriesByKey, seriesKey } from './points.ts'
import { selectSeries, tooManySeries } from './series.ts'
import { mayBeInfo, TENANT_LABEL, withTenant } from './source.ts'
import type { Interval, TenantRun } from './store.ts'
import { infoSeries } from './target-info.ts'

/** The series of one tenant that a query means, by what is stored of them per day; buckets and quantiles by their points. */
export async function matchedSeries(
  tenant: TenantRun,
  { tenantIds, selectors, seriesMax, ...interval }: SeriesQuery,
): Promise<Labels[]> {
  const several = tenantIds.length > 1
  const found: Labels[] = []
  for (const all of selectors.length === 0 ? [[]] : selectors) {
    const ofTenant = several ? all.filter(({ name }) => name === TENANT_LABEL) : []
    if (!ofTenant.every((matcher) => compileMatcher(matcher)(tenant.tenantId))) continue
    const matchers = several ? all.filter(({ name }) => name !== TENANT_LABEL) : all
    for (const lane of lanesOf(await selectSeries(tenant, interval, matchers, seriesMax)))
      found.push(...(await laneSeries(tenant, lane, interval, seriesMax)))
    if (mayBeInfo(matchers))
      for (const { labels } of (await infoSeries(tenant, interval, matchers)).keys()) found.push(labels)
    if (found.length > seriesMax) throw tooManySeries(seriesMax)
  }
  return several ? found.map((labels) => withTenant(labels, tenant.tenantId)) : found
}

async function laneSeries(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  seriesMax: number,
): Promise<Labels[]> {
  if (partLabel(lane.part) === undefined) return lane.distinct.map(({ series }) => series.labels)
  const points = tenant.store.points[lane.table]
  const pair = pairs(points, lane.part)!
  const statement = select({
    from: points,
    tenantId: tenant.tenantId,
    columns: {
      s: sql`toString(${seriesKey(points, lane)})`,
      e: sql`toString(tupleElement(arrayJoin(${pair}), 1))`,
    },
    where: pointConditions(points, lane, interval),
    groupBy: [sql`s`, sql`e`],
    limit: seriesMax + 1,
  })
  const byKey = seriesByKey(lane)
  const rows = await tenant.store.queries.rows<{ s: string; e: string }>(statement, tenant.run)
  if (rows.length > seriesMax) throw tooManySeries(seriesMax)
  return rows.flatMap(({ s, e }) => byKey.get(s)?.at(pointOf(e))?.labels ?? [])
}
