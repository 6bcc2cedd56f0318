import type { RouteDoc } from '../../doc.ts'
import { JSON_PAGE_BYTES_MAX } from '../../pages/answer.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { TracesRouteOptions, TracesStore } from '../../traces/store.ts'
import type { TraceBounds } from '../../traces/whole/read-traces.ts'
import { jaegerErrors } from '../errors.ts'

export type JaegerParts = Pick<TracesRouteOptions, 'limits' | 'nowMs'> & { readonly store: TracesStore }

/** An endpoint of Jaeger's API: for several tenants, with Jaeger's errors. */
export function jaegerRoute(
  path: `/${string}`,
  doc: RouteDoc,
  handle: (request: TenantsRequest) => Promise<ApiResponse>,
): Route {
  return {
    path: `/jaeger/api${path}`,
    methods: ['GET'],
    access: 'tenants',
    errorForm: jaegerErrors,
    doc,
    handle,
  }
}

/** What one answer with whole traces may hold. */
export function boundsOf({ limits }: Pick<JaegerParts, 'limits'>, request: TenantsRequest): TraceBounds {
  const { resultBytesMax } = request.limits
  return { spansMax: limits.limitMax, bytesMax: Math.min(resultBytesMax, JSON_PAGE_BYTES_MAX) }
}
