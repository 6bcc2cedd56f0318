import { type CardinalityRouteOptions, cardinalityRoute } from './cardinality/route.ts'
import type { Readiness } from './health/readiness.ts'
import { healthzRoute, metricsRoute, readyzRoute } from './health/routes.ts'
import { type LogsRouteOptions, logsRoute } from './logs/route.ts'
import { metricNamesRoute } from './metrics/names-route.ts'
import { metricSeriesRoute } from './metrics/series-route.ts'
import type { MetricsRouteOptions } from './metrics/store.ts'
import type { Route } from './route.ts'
import { tracesRoute } from './traces/search-route.ts'
import type { TracesRouteOptions } from './traces/store.ts'
import { traceRoute } from './traces/trace-route.ts'

export type RouteParts = LogsRouteOptions &
  TracesRouteOptions &
  MetricsRouteOptions &
  CardinalityRouteOptions & {
    readonly readiness: Readiness
    /** The text of the metrics registry. */
    readonly metrics: () => Promise<string>
  }

/** Every endpoint of the API: one line each. */
export function createRoutes(parts: RouteParts): Route[] {
  return [
    healthzRoute(),
    readyzRoute(parts.readiness),
    metricsRoute(parts.metrics),
    logsRoute(parts),
    tracesRoute(parts),
    traceRoute(parts),
    metricNamesRoute(parts),
    metricSeriesRoute(parts),
    cardinalityRoute(parts),
  ]
}
