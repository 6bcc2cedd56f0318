import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/schema.ts'
import type { SeriesTracker } from '../processors/cardinality-limit/series-tracker.ts'
import type { Engine } from '../store/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Authenticator } from '../tenancy/authentication.ts'
import { webAccess } from '../tenancy/web.ts'
import type { Readiness } from './health/readiness.ts'
import { createRoutes } from './routes.ts'
import { type ApiServer, createApiServer } from './server.ts'
import type { SocketRoute } from './socket-route.ts'
import { READ_TABLES } from './tables.ts'

export type ApiParts = {
  readonly authenticator: Authenticator
  readonly engine: Engine
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly series: SeriesTracker
  readonly logger: Logger
  /** Endpoints that speak WebSocket, of other parts. */
  readonly sockets: ReadonlyArray<SocketRoute>
}

/** The API server of a configuration, not yet listening. */
export function createApi(config: Config, listen: ListenAddress, parts: ApiParts): ApiServer {
  const { authenticator, engine, readiness, metrics, tracing, series, logger, sockets } = parts
  return createApiServer({
    listen,
    routes: createRoutes({
      reader: engine.reader,
      tables: READ_TABLES,
      series,
      limits: config.query,
      nowMs: Date.now,
      readiness,
      metrics: metrics.render,
    }),
    sockets,
    web: webAccess(config),
    access: { tenancy: config.tenancy, authenticator },
    limits: config.query,
    log: logger,
    tracing,
    onAnswered: ({ route, status, durationMs }) =>
      metrics.querySeconds.observe(durationMs / 1000, route, String(status)),
  })
}
