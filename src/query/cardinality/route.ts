import { z } from 'zod'
import type { MetricSeries, SeriesTracker } from '../../processors/cardinality-limit/series-tracker.ts'
import { json, type Route } from '../route.ts'
import type { Run } from '../sql/queries.ts'
import { type Activity, NO_ACTIVITY, readActivity } from './activity.ts'
import { fixesOf } from './fixes.ts'
import { readLabels } from './labels.ts'
import { type CardinalityParameters, cardinalityParameters, readCardinalityParameters } from './parameters.ts'
import { metricReport, tenantReport } from './schemas.ts'
import { type CardinalityStore, type CardinalityStoreOptions, cardinalityStore } from './store.ts'

export type CardinalityRouteOptions = CardinalityStoreOptions & {
  readonly nowMs: () => number
  readonly series: Pick<SeriesTracker, 'top' | 'metric' | 'activeOf'>
}

const NOT_ACTIVE: Omit<MetricSeries, 'metric'> = { active: 0, new: 0 }

type Asked = CardinalityParameters & { readonly tenantId: string; readonly nowMs: number }

/** The metrics that come first, by what this gateway counts or by what is stored. */
function firstMetrics(
  series: CardinalityRouteOptions['series'],
  activity: ReadonlyMap<string, Activity>,
  { tenantId, by, limit }: Asked,
): MetricSeries[] {
  if (by === 'series') return series.top(tenantId, limit)
  const volume = by === 'samples' ? 'samplesPerDay' : 'bytesPerDay'
  return [...activity.values()]
    .sort((a, b) => b[volume] - a[volume])
    .slice(0, limit)
    .map(({ metric }) => series.metric(tenantId, metric) ?? { metric, ...NOT_ACTIVE })
}

async function ofMetric(
  store: CardinalityStore,
  series: CardinalityRouteOptions['series'],
  { metric, ...asked }: Asked & { readonly metric: string },
  run: Run,
) {
  const { tenantId, nowMs, limit, seriesLimit } = asked
  const activity = await readActivity(store, { tenantId, metric, nowMs }, run)
  const stored = await readLabels(store, { tenantId, metric, nowMs, limit }, run)
  const own = activity.get(metric) ?? { metric, ...NO_ACTIVITY }
  const counted = { ...NOT_ACTIVE, ...series.metric(tenantId, metric) }
  return { ...counted, ...own, ...stored, fixes: fixesOf(stored, own, seriesLimit) }
}

/**
 * `GET /api/v1/cardinality`: which metrics of a tenant have most series and points, which labels make them, and what would
 * help (docs/api.md).
 */
export function cardinalityRoute(options: CardinalityRouteOptions): Route {
  const { nowMs, series } = options
  const store = cardinalityStore(options)
  return {
    path: '/api/v1/cardinality',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary:
        'Metrics with most active series, or the labels that make those of a metric, and what would help',
      parameters: cardinalityParameters,
      answer: z.union([tenantReport, metricReport]),
    },
    async handle(request) {
      const { tenantId } = request
      const asked = { ...readCardinalityParameters(request.query), tenantId, nowMs: nowMs() }
      const { metric } = asked
      if (metric !== undefined) return json(await ofMetric(store, series, { ...asked, metric }, request))
      const activity = await readActivity(store, { tenantId, nowMs: asked.nowMs }, request)
      const metrics = firstMetrics(series, activity, asked).map((counted) => ({
        ...NO_ACTIVITY,
        ...activity.get(counted.metric),
        ...counted,
      }))
      return json({ active: series.activeOf(tenantId), metrics })
    },
  }
}
