import type { RouteDoc } from '../../doc.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import { prometheusErrors } from '../errors.ts'
import type { PrometheusExecutor } from '../execute/executor.ts'
import type { QueryRun } from '../execute/store.ts'
import { answered } from '../parameters/query.ts'

export type PrometheusParts = {
  readonly prometheus: PrometheusExecutor
  readonly nowMs: () => number
  /** Of Weir. */
  readonly version: string
}

/** An endpoint of Prometheus' API: for several tenants, by GET or as a form, with Prometheus' errors. */
export function prometheusRoute(
  path: `/${string}`,
  doc: RouteDoc,
  handle: (request: TenantsRequest) => Promise<ApiResponse>,
): Route {
  return {
    path: `/prometheus/api/v1${path}`,
    methods: ['GET', 'POST'],
    access: 'tenants',
    errorForm: prometheusErrors,
    doc,
    handle: (request) => answered(() => handle(request)),
  }
}

export function runOf({ requestId, signal, limits, span }: TenantsRequest): QueryRun {
  return { requestId, signal, limits, span }
}
