import type { Route } from '../../route.ts'
import { exemplarsRoute } from './exemplars.ts'
import { labelsRoute, labelValuesRoute, seriesRoute } from './labels.ts'
import { metadataRoute } from './metadata.ts'
import { queryRangeRoute, queryRoute } from './query.ts'
import type { PrometheusParts } from './route.ts'
import { alertsRoute, buildInfoRoute, formatQueryRoute, rulesRoute } from './status.ts'

/** Every endpoint of Prometheus' API that Weir has: one line each. */
export function createPrometheusRoutes(parts: PrometheusParts): Route[] {
  return [
    queryRoute(parts),
    queryRangeRoute(parts),
    labelsRoute(parts),
    labelValuesRoute(parts),
    seriesRoute(parts),
    metadataRoute(parts),
    exemplarsRoute(parts),
    formatQueryRoute(),
    buildInfoRoute(parts),
    rulesRoute(),
    alertsRoute(),
  ]
}
