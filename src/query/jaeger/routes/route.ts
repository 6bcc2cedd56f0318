import type { RouteDoc } from '../../doc.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { TracesRouteOptions, TracesStore } from '../../traces/store.ts'
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
