import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { AskedQuery } from '../execute/executor.ts'
import { durationField, limitField, promqlField, stepField, timeField } from '../parameters/fields.ts'
import { readQuery, readRangeQuery } from '../parameters/query.ts'
import { resultResponse } from '../response/result.ts'
import { queryAnswer, queryRangeAnswer } from '../response/schemas.ts'
import { type PrometheusParts, prometheusRoute, runOf } from './route.ts'

const shared = {
  query: promqlField(),
  limit: limitField('Series of the answer'),
  lookback_delta: durationField('How old a sample may be; default: query.lookbackMs').optional(),
  timeout: durationField('Ends the query sooner than query.timeoutMs does').optional(),
}

type Times = Pick<AskedQuery, 'startMs' | 'endMs' | 'stepMs'>
type Given = {
  readonly query: string
  readonly limit: number
  readonly lookback_delta?: number | undefined
  readonly timeout?: number | undefined
}

async function answer(
  { prometheus }: PrometheusParts,
  { query, limit, lookback_delta: lookbackMs, timeout }: Given,
  times: Times,
  request: TenantsRequest,
): Promise<ApiResponse> {
  const expr = times.stepMs > 0 ? readRangeQuery(query) : readQuery(query)
  const { tenantIds } = request
  const run = runOf(request)
  const timed = timeout === undefined ? run : { ...run, signal: withTimeout(run.signal, timeout) }
  try {
    const result = await prometheus.run({ tenantIds, query, expr, lookbackMs, ...times }, timed)
    return resultResponse(result, times.stepMs > 0, limit)
  } catch (error) {
    // A statement that was ended fails in its own way: why it was ended is what its user asks.
    throw timed.signal.reason instanceof ApiError ? timed.signal.reason : error
  }
}

const TIMEOUT_MS_MAX = 2 ** 31 - 1

function withTimeout(signal: AbortSignal, timeoutMs: number): AbortSignal {
  const own = new AbortController()
  const timer = setTimeout(
    () => own.abort(new ApiError('query_timeout', 'query timed out: it took longer than its timeout.')),
    Math.min(timeoutMs, TIMEOUT_MS_MAX),
  )
  timer.unref()
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  return AbortSignal.any([signal, own.signal])
}

/** `/prometheus/api/v1/query`: at one moment. Grafana's health check asks it for `1+1`. */
export function queryRoute(parts: PrometheusParts): Route {
  const parameters = z.object({ ...shared, time: timeField('The moment; default: now').optional() })
  const doc = { summary: 'PromQL at one moment', parameters, answer: queryAnswer }
  return prometheusRoute('/query', doc, async (request) => {
    const given = readLenientParameters(parameters, await request.form())
    const timeMs = given.time ?? parts.nowMs()
    return answer(parts, given, { startMs: timeMs, endMs: timeMs, stepMs: 0 }, request)
  })
}

/** `/prometheus/api/v1/query_range`: at the steps of a range. */
export function queryRangeRoute(parts: PrometheusParts): Route {
  const missing = (name: string): string => `is missing: give ${name}`
  const required = (meaning: string, error: string) =>
    z.string({ error }).pipe(timeField(meaning)).describe(`${meaning}; seconds since 1970, or RFC 3339`)
  const parameters = z.object({
    ...shared,
    start: required('First moment', missing('the first moment, in seconds since 1970 or as RFC 3339')),
    end: required('Last moment', missing('the last moment, in seconds since 1970 or as RFC 3339')),
    step: z
      .string({ error: missing('the distance of points, such as 15s') })
      .pipe(stepField('Distance of the points'))
      .describe('Distance of the points; 15s, 5m, or seconds'),
  })
  const doc = { summary: 'PromQL at the steps of a range', parameters, answer: queryRangeAnswer }
  return prometheusRoute('/query_range', doc, async (request) => {
    const given = readLenientParameters(parameters, await request.form())
    const { start: startMs, end: endMs, step: stepMs } = given
    if (endMs < startMs)
      throw new ApiError('invalid_parameter', 'end timestamp must not be before start time: swap them.')
    return answer(parts, given, { startMs, endMs, stepMs }, request)
  })
}
