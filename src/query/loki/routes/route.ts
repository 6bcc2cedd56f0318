import type { Config } from '../../../config/schema.ts'
import type { RouteDoc } from '../../doc.ts'
import { textErrors } from '../../http/error-form.ts'
import type { ApiResponse, Route, TenantsRequest } from '../../route.ts'
import type { LokiExecutor, QueryRun } from '../execute/types.ts'

export type LokiParts = {
  readonly executor: LokiExecutor
  readonly limits: Config['query']
  readonly nowMs: () => number
  /** Of Weir. */
  readonly version: string
}

/** An endpoint of Loki's API: for several tenants, by GET or as a form, with Loki's errors. */
export function lokiRoute(
  path: `/${string}`,
  doc: RouteDoc,
  handle: (request: TenantsRequest) => Promise<ApiResponse>,
): Route {
  return {
    path: `/loki/api/v1${path}`,
    methods: ['GET', 'POST'],
    access: 'tenants',
    errorForm: textErrors,
    doc,
    handle,
  }
}

export function runOf({ requestId, signal, limits, span }: TenantsRequest): QueryRun {
  return { requestId, signal, limits, span }
}
