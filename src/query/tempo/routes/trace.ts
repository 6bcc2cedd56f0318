import { ApiError } from '../../errors.ts'
import { readTraceId } from '../../parameters/trace-id.ts'
import type { Route } from '../../route.ts'
import { ofTenants } from '../../sql/select.ts'
import { boundsOf } from '../../traces/whole/bounds.ts'
import { readTraces } from '../../traces/whole/read-traces.ts'
import { PROTOBUF_TYPE, traceResponse } from '../response/trace.ts'
import { type TempoParts, tempoRoute } from './route.ts'

/** `/tempo/api/traces/{traceId}` and `/tempo/api/v2/traces/{traceId}`, as JSON or protobuf. */
export function traceRoute({ store, limits }: TempoParts, version: 1 | 2): Route {
  const doc = {
    summary: version === 1 ? 'A trace' : 'A trace, and whether it is whole',
    segments: { traceId: 'Up to 32 hex digits' },
    answer: { contentType: 'application/json' },
    alsoAs: [PROTOBUF_TYPE],
  }
  return tempoRoute(version === 1 ? '/traces/{traceId}' : '/v2/traces/{traceId}', doc, async (request) => {
    const traceId = readTraceId(request.path.traceId!, 'The path')
    const { tenantIds } = request
    const bounds = boundsOf(limits, request.limits)
    const wanted = { tenantId: ofTenants(tenantIds), traceIds: [traceId] }
    const { traces, resourceOf } = await readTraces(store, wanted, bounds, request)
    const [trace] = traces
    if (trace === undefined) throw new ApiError('not_found', 'trace not found')
    const answer = { trace, resourceOf, tellTenant: tenantIds.length > 1, version }
    return traceResponse(answer, request.header('accept'))
  })
}
