import { z } from 'zod'
import { buildInfoAnswer, buildInfoOf } from '../../build-info.ts'
import { DEFAULT_LIMITS } from '../../logql/metrics/source.ts'
import { print } from '../../logql/print.ts'
import { printDuration } from '../../logql/units.ts'
import type { Route } from '../../route.ts'
import { logqlField } from '../parameters/fields.ts'
import { readQuery } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { bareResponse, dataResponse } from '../response/envelope.ts'
import { drilldownLimitsAnswer, patternsAnswer, textAnswer } from '../response/schemas.ts'
import { type LokiParts, lokiRoute } from './route.ts'

/** `/loki/api/v1/format_query`: the query as Weir would write it. */
export function formatQueryRoute(): Route {
  const parameters = z.object({ query: logqlField() })
  const doc = { summary: 'A query in its normal form', parameters, answer: textAnswer }
  return lokiRoute('/format_query', doc, async (request) => {
    const { query } = readLokiParameters(parameters, await request.form())
    return dataResponse(print(readQuery(query)))
  })
}

/** `/loki/api/v1/status/buildinfo`. */
export function buildInfoRoute({ version }: LokiParts): Route {
  const doc = { summary: 'Version of Weir', answer: buildInfoAnswer }
  return lokiRoute('/status/buildinfo', doc, async () => bareResponse(buildInfoOf(version)))
}

/** `/loki/api/v1/patterns`: none are computed, and drilldown-limits says so. */
export function patternsRoute(): Route {
  const doc = { summary: 'Patterns of log lines: Weir computes none', answer: patternsAnswer }
  return lokiRoute('/patterns', doc, async () => dataResponse([]))
}

/** `/loki/api/v1/drilldown-limits`: what Grafana's Logs Drilldown may ask for. */
export function drilldownLimitsRoute({ limits, version }: LokiParts): Route {
  const doc = { summary: "What Grafana's Logs Drilldown may ask for", answer: drilldownLimitsAnswer }
  return lokiRoute('/drilldown-limits', doc, async (request) =>
    bareResponse({
      limits: {
        discover_log_levels: true,
        discover_service_name: [],
        log_level_fields: [],
        max_entries_limit_per_query: limits.limitMax,
        max_query_series: DEFAULT_LIMITS.seriesMax,
        pattern_persistence_enabled: false,
        query_timeout: printDuration(request.limits.timeoutMs * 1e6),
        retention_period: '0s',
        volume_enabled: true,
        volume_max_series: DEFAULT_LIMITS.seriesMax,
      },
      pattern_ingester_enabled: false,
      version,
    }),
  )
}
