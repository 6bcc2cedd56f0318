import { type CardinalityRouteOptions, cardinalityRoute } from './cardinality/route.ts'
import type { Readiness } from './health/readiness.ts'
import { healthzRoute, metricsRoute, readyzRoute } from './health/routes.ts'
import { type LogsRouteOptions, logsRoute } from './logs/route.ts'
import type { Route } from './route.ts'

export type RouteParts = LogsRouteOptions &
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
    cardinalityRoute(parts),
  ]
}
