import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import { printValue } from '../../promql/histogram/text.ts'
import type { Route } from '../../route.ts'
import { type SeriesExemplars, selectExemplars } from '../execute/exemplars.ts'
import { selectorsOf } from '../execute/selectors.ts'
import { promqlField, timeField } from '../parameters/fields.ts'
import { readQuery } from '../parameters/query.ts'
import { dataResponse } from '../response/result.ts'
import { exemplarsAnswer } from '../response/schemas.ts'
import { type PrometheusParts, prometheusRoute, runOf } from './route.ts'

const HOUR_MS = 3_600_000

/** `/prometheus/api/v1/query_exemplars`: the exemplars of all series that a query's selectors mean. */
export function exemplarsRoute({ prometheus, nowMs }: PrometheusParts): Route {
  const parameters = z.object({
    query: promqlField(),
    start: timeField('First moment; default: an hour before the end').optional(),
    end: timeField('Last moment; default: now').optional(),
  })
  const doc = { summary: 'Exemplars of the series of a query', parameters, answer: exemplarsAnswer }
  return prometheusRoute('/query_exemplars', doc, async (request) => {
    const { query, start, end } = readLenientParameters(parameters, await request.form())
    const selectors = selectorsOf(readQuery(query))
    const endMs = end ?? nowMs()
    const startMs = start ?? endMs - HOUR_MS
    if (endMs < startMs)
      throw new ApiError('invalid_parameter', 'end timestamp must not be before start time: swap them.')
    const found: SeriesExemplars[] = []
    for (const tenant of prometheus.tenants(request.tenantIds, runOf(request)))
      found.push(
        ...(await selectExemplars(
          tenant,
          { startMs: startMs - 1, endMs },
          selectors,
          request.tenantIds.length > 1,
        )),
      )
    return dataResponse(found.map(exemplarsJson))
  })
}

function exemplarsJson({ labels, exemplars }: SeriesExemplars) {
  return {
    seriesLabels: Object.fromEntries(labels),
    exemplars: exemplars.map((exemplar) => ({
      labels: Object.fromEntries(exemplar.labels),
      value: printValue(exemplar.value),
      timestamp: exemplar.timeMs / 1000,
    })),
  }
}
