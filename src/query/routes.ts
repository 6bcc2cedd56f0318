import { logsCardinalityRoute } from './cardinality/logs/route.ts'
import { type CardinalityRouteOptions, cardinalityRoute } from './cardinality/route.ts'
import { type ConfigRouteOptions, configRoute, configVersionsRoute, reloadRoute } from './config/routes.ts'
import type { Readiness } from './health/readiness.ts'
import { healthzRoute, metricsRoute, readyRoute, readyzRoute } from './health/routes.ts'
import { createJaegerRoutes } from './jaeger/routes/index.ts'
import { contextRoute } from './logs/context.ts'
import { histogramRoute } from './logs/histogram.ts'
import { type LogsRouteOptions, logsRoute } from './logs/route.ts'
import { createLokiRoutes } from './loki/routes/index.ts'
import type { LokiParts } from './loki/routes/route.ts'
import { metricNamesRoute } from './metrics/names-route.ts'
import { metricSeriesRoute } from './metrics/series-route.ts'
import type { MetricsRouteOptions } from './metrics/store.ts'
import { openApiRoute } from './openapi/route.ts'
import { createPrometheusRoutes } from './prometheus/routes/index.ts'
import type { PrometheusParts } from './prometheus/routes/route.ts'
import { type RecommendationsRouteOptions, recommendationsRoute } from './recommendations/route.ts'
import type { Route } from './route.ts'
import { type RulesRouteOptions, rulesRoute } from './rules/route.ts'
import { type TryRouteOptions, tryRoute } from './rules/try/route.ts'
import { createTempoRoutes } from './tempo/routes/index.ts'
import { tracesRoute } from './traces/search-route.ts'
import type { TracesRouteOptions } from './traces/store.ts'
import { traceRoute } from './traces/trace-route.ts'

export type RouteParts = LogsRouteOptions &
  LokiParts &
  PrometheusParts &
  TracesRouteOptions &
  MetricsRouteOptions &
  CardinalityRouteOptions &
  RecommendationsRouteOptions &
  ConfigRouteOptions &
  RulesRouteOptions &
  TryRouteOptions & {
    readonly readiness: Readiness
    /** The text of the metrics registry. */
    readonly metrics: () => Promise<string>
    /** Names the tenants of a request. */
    readonly tenantHeader: string
  }

/** Every endpoint of the API: one line each. */
export function createRoutes(parts: RouteParts): Route[] {
  const routes = [
    healthzRoute(),
    readyzRoute(parts.readiness),
    readyRoute(parts.readiness, '/ready'),
    metricsRoute(parts.metrics),
    logsRoute(parts),
    histogramRoute(parts),
    contextRoute(parts.store),
    tracesRoute(parts),
    traceRoute(parts),
    metricNamesRoute(parts),
    metricSeriesRoute(parts),
    cardinalityRoute(parts),
    logsCardinalityRoute(parts),
    recommendationsRoute(parts),
    rulesRoute(parts),
    tryRoute(parts),
    configRoute(parts),
    configVersionsRoute(parts),
    reloadRoute(parts),
    ...createLokiRoutes(parts),
    ...createPrometheusRoutes(parts),
    ...createJaegerRoutes(parts),
    ...createTempoRoutes(parts),
  ]
  return [...routes, openApiRoute(routes, parts.version, parts.tenantHeader)]
}
