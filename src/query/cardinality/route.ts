import { z } from 'zod'
import type { Config } from '../../config/schema.ts'
import type { MetricSeries, SeriesTracker } from '../../processors/cardinality-limit/series-tracker.ts'
import type { Database } from '../../store/database.ts'
import { json, type Route } from '../route.ts'
import { createQueries } from '../sql/queries.ts'
import { type DeclaredTable, source } from '../sql/source.ts'
import { type Label, labelsStatement } from './labels.ts'
import { cardinalityParameters, readCardinalityParameters } from './parameters.ts'

export type CardinalityRouteOptions = {
  readonly reader: Database
  readonly tables: { readonly metricSeries: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
  readonly series: Pick<SeriesTracker, 'top' | 'metric' | 'activeOf'>
}

const count = z.int().nonnegative()
const ofTenant = z.strictObject({
  active: count,
  metrics: z.array(z.strictObject({ metric: z.string(), active: count, new: count })),
})
const ofMetric = z.strictObject({
  metric: z.string(),
  active: count,
  new: count,
  labels: z.array(z.strictObject({ label: z.string(), values: count, series: count })),
})

const NOT_ACTIVE: Omit<MetricSeries, 'metric'> = { active: 0, new: 0 }

/** `GET /api/v1/cardinality`: which metrics of a tenant have most series, and which labels make them (docs/api.md). */
export function cardinalityRoute({ reader, tables, limits, nowMs, series }: CardinalityRouteOptions): Route {
  const queries = createQueries(reader, limits)
  const metricSeries = source(reader.name, tables.metricSeries)
  return {
    path: '/api/v1/cardinality',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Metrics with most active series, or the labels that make those of a metric',
      parameters: cardinalityParameters,
      answer: z.union([ofTenant, ofMetric]),
    },
    async handle({ tenantId, requestId, signal, limits: own, query }) {
      const { metric, limit } = readCardinalityParameters(query)
      if (metric === undefined)
        return json({ active: series.activeOf(tenantId), metrics: series.top(tenantId, limit) })
      const statement = labelsStatement(metricSeries, { tenantId, metric, limit }, nowMs())
      const labels = await queries.rows<Label>(statement, { requestId, signal, limits: own })
      return json({ metric, ...NOT_ACTIVE, ...series.metric(tenantId, metric), labels })
    },
  }
}
