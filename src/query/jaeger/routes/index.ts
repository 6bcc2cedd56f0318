import type { Route } from '../../route.ts'
import { type TracesRouteOptions, tracesStore } from '../../traces/store.ts'
import { dependenciesRoute } from './dependencies.ts'
import { operationsRoute, serviceOperationsRoute, servicesRoute } from './names.ts'
import { traceRoute, tracesRoute } from './traces.ts'

/** Every endpoint of Jaeger's API that Weir has: one line each. */
export function createJaegerRoutes(options: TracesRouteOptions): Route[] {
  const parts = { ...options, store: tracesStore(options) }
  return [
    servicesRoute(parts),
    serviceOperationsRoute(parts),
    operationsRoute(parts),
    tracesRoute(parts),
    traceRoute(parts),
    dependenciesRoute(parts),
  ]
}
