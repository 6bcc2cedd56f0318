import type { Readiness } from '../../health/readiness.ts'
import { readyRoute } from '../../health/routes.ts'
import { textErrors } from '../../http/error-form.ts'
import type { Route } from '../../route.ts'
import { type TracesRouteOptions, tracesStore } from '../../traces/store.ts'
import { searchRoute } from './search.ts'
import { buildInfoRoute, echoRoute } from './status.ts'
import { tagsRoute, tagsV1Route, valuesRoute, valuesV1Route } from './tags.ts'
import { traceRoute } from './trace.ts'

export type TempoRouteOptions = TracesRouteOptions & {
  readonly readiness: Readiness
  /** Of Weir. */
  readonly version: string
}

/** Every endpoint of Tempo's API that Weir has: one line each. */
export function createTempoRoutes(options: TempoRouteOptions): Route[] {
  const parts = { ...options, store: tracesStore(options) }
  return [
    { ...readyRoute(options.readiness, '/tempo/ready'), errorForm: textErrors },
    echoRoute(),
    traceRoute(parts, 1),
    traceRoute(parts, 2),
    searchRoute(parts),
    tagsRoute(parts),
    tagsV1Route(parts),
    valuesRoute(parts),
    valuesV1Route(parts),
    buildInfoRoute(options.version),
  ]
}
