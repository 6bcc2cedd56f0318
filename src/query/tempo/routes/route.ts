import type { RouteDoc } from '../../doc.ts'
import { textErrors } from '../../http/error-form.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { TracesRouteOptions, TracesStore } from '../../traces/store.ts'

export type TempoParts = Pick<TracesRouteOptions, 'limits' | 'nowMs'> & { readonly store: TracesStore }

/** An endpoint of Tempo's API: for several tenants, with errors as plain text. */
export function tempoRoute(
  path: `/${string}`,
  doc: RouteDoc,
  handle: (request: TenantsRequest) => Promise<ApiResponse>,
): Route {
  return {
    path: `/tempo/api${path}`,
    methods: ['GET'],
    access: 'tenants',
    errorForm: textErrors,
    doc,
    handle,
  }
}
