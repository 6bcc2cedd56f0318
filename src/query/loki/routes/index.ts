import type { Route } from '../../route.ts'
import { detectedFieldsRoute, detectedFieldValuesRoute } from './detected-fields.ts'
import { indexStatsRoute } from './index-stats.ts'
import { volumeRangeRoute, volumeRoute } from './index-volume.ts'
import { detectedLabelsRoute, labelsRoute, labelValuesRoute, seriesRoute } from './labels.ts'
import { queryRoute } from './query.ts'
import { queryRangeRoute } from './query-range.ts'
import type { LokiParts } from './route.ts'
import { buildInfoRoute, drilldownLimitsRoute, formatQueryRoute, patternsRoute } from './status.ts'

/** Every endpoint of Loki's API that Weir has: one line each. */
export function createLokiRoutes(parts: LokiParts): Route[] {
  return [
    queryRoute(parts),
    queryRangeRoute(parts),
    labelsRoute(parts),
    labelValuesRoute(parts),
    seriesRoute(parts),
    indexStatsRoute(parts),
    volumeRoute(parts),
    volumeRangeRoute(parts),
    detectedLabelsRoute(parts),
    detectedFieldsRoute(parts),
    detectedFieldValuesRoute(parts),
    patternsRoute(),
    formatQueryRoute(),
    drilldownLimitsRoute(parts),
    buildInfoRoute(parts),
  ]
}
