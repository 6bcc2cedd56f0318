import { ApiError } from '../../errors.ts'
import { readTraceId } from '../../parameters/trace-id.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import { isOneText, ofTenants } from '../../sql/select.ts'
import { matchOf } from '../../traces/filter/compile.ts'
import { type MatchRow, matchesStatement } from '../../traces/search-statement.ts'
import { daysAround } from '../../traces/trace-times.ts'
import { boundsOf } from '../../traces/whole/bounds.ts'
import { readTraces, type TracesWanted } from '../../traces/whole/read-traces.ts'
import { type JaegerSearch, readSearch, searchParameters } from '../parameters/search.ts'
import { tracesAnswer } from '../response/schemas.ts'
import { tracesResponse } from '../response/traces.ts'
import { storedServices } from '../service-name.ts'
import { type JaegerParts, jaegerRoute } from './route.ts'

/** As Jaeger says it: its UI looks for these words. */
const NOT_FOUND = 'trace not found'

/** `/jaeger/api/traces/{traceId}`. */
export function traceRoute(parts: JaegerParts): Route {
  const doc = {
    summary: 'A trace with all its spans',
    segments: { traceId: 'Up to 32 hex digits' },
    answer: tracesAnswer,
  }
  return jaegerRoute('/traces/{traceId}', doc, async (request) => {
    const traceIds = [readTraceId(request.path.traceId!, 'The path')]
    const { tenantIds } = request
    const wanted = { tenantId: ofTenants(tenantIds), traceIds }
    const found = await readTraces(parts.store, wanted, boundsOf(parts.limits, request.limits), request)
    if (found.traces.length === 0) throw new ApiError('not_found', NOT_FOUND)
    return tracesResponse({ ...found, tellTenant: tenantIds.length > 1 })
  })
}

/** `/jaeger/api/traces`: a search, or traces by their ids. */
export function tracesRoute(parts: JaegerParts): Route {
  const parameters = searchParameters(parts.limits)
  const doc = { summary: 'Traces with a span that matches, newest first', parameters, answer: tracesAnswer }
  return jaegerRoute('/traces', doc, async (request) => {
    const search = readSearch(parameters, request.query, parts.nowMs())
    return search.kind === 'ids'
      ? answerIds(parts, request, search.traceIds)
      : answerSearch(parts, request, search)
  })
}

async function answerIds(
  parts: JaegerParts,
  request: TenantsRequest,
  traceIds: ReadonlyArray<string>,
): Promise<ApiResponse> {
  const { tenantIds } = request
  const wanted = { tenantId: ofTenants(tenantIds), traceIds }
  const found = await readTraces(parts.store, wanted, boundsOf(parts.limits, request.limits), request)
  const known = new Set(found.traces.map(({ traceId }) => traceId))
  const errors = traceIds
    .filter((traceId) => !known.has(traceId))
    .map((traceID) => ({ code: 404, msg: NOT_FOUND, traceID }))
  return tracesResponse({ ...found, tellTenant: tenantIds.length > 1, errors })
}

async function answerSearch(
  parts: JaegerParts,
  request: TenantsRequest,
  { service, expr, range, limit }: Extract<JaegerSearch, { kind: 'spans' }>,
): Promise<ApiResponse> {
  const { store } = parts
  const { tenantIds } = request
  const tenantId = ofTenants(tenantIds)
  const { where } = matchOf(store, { tenantId, range }, expr)
  const isOfService = isOneText(store.spans.column('ServiceName'), storedServices(service))
  const statement = matchesStatement(store.spans, {
    ...{ tenantId, where: [...where, isOfService] },
    ...{ after: undefined, rows: limit },
  })
  const matches = await store.queries.rows<MatchRow>(statement, request)
  const traceIds = matches.map(({ traceId }) => traceId)
  const days = matches.length === 0 ? undefined : daysAround(matches)
  const wanted: TracesWanted = { tenantId, traceIds, days }
  const found = await readTraces(store, wanted, boundsOf(parts.limits, request.limits), request)
  return tracesResponse({ ...found, tellTenant: tenantIds.length > 1 })
}
