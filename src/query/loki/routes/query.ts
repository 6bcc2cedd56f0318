import { z } from 'zod'
import type { Route } from '../../route.ts'
import { countField, directionField, logqlField, timeField } from '../parameters/fields.ts'
import { readMetricQuery } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { resultResponse } from '../response/envelope.ts'
import { instantJson } from '../response/samples.ts'
import { queryAnswer } from '../response/schemas.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'

/** `/loki/api/v1/query`: a metric query at one moment. Grafana's health check asks it for `vector(1)+vector(1)`. */
export function queryRoute({ executor, limits, nowMs }: LokiParts): Route {
  const parameters = z.object({
    query: logqlField(),
    time: timeField('The moment; default: now'),
    limit: countField('Taken, and without effect on metric queries', {
      max: limits.limitMax,
      otherwise: Math.min(limits.limitDefault, limits.limitMax),
      config: 'query.limitMax',
    }),
    direction: directionField(),
  })
  const doc = { summary: 'A metric query at one moment', parameters, answer: queryAnswer }
  return lokiRoute('/query', doc, async (request) => {
    const { query, time } = readLokiParameters(parameters, await request.form())
    const expr = readMetricQuery(query)
    const timeNs = time ?? BigInt(nowMs()) * 1_000_000n
    const { tenantIds } = request
    const { value, stats } = await executor.runInstant({ tenantIds, expr, timeNs }, runOf(request))
    return resultResponse({ ...instantJson(value, timeNs), stats })
  })
}
