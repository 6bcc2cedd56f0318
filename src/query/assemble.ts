import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/schema.ts'
import type { Engine } from '../store/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Credentials } from '../tenancy/credentials.ts'
import { webAccess } from '../tenancy/web.ts'
import type { Readiness } from './health/readiness.ts'
import { createRoutes } from './routes.ts'
import { type ApiServer, createApiServer } from './server.ts'
import { READ_TABLES } from './tables.ts'

export type ApiParts = {
  readonly credentials: Credentials
  readonly engine: Engine
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The API server of a configuration, not yet listening. */
export function createApi(config: Config, listen: ListenAddress, parts: ApiParts): ApiServer {
  const { credentials, engine, readiness, metrics, logger } = parts
  return createApiServer({
    listen,
    routes: createRoutes({
      reader: engine.reader,
      tables: READ_TABLES,
      limits: config.query,
      nowMs: Date.now,
      readiness,
      metrics: metrics.render,
    }),
    web: webAccess(config),
    access: { tenancy: config.tenancy, credentials },
    limits: config.query,
    log: logger,
    onAnswered: ({ route, status, durationMs }) =>
      metrics.querySeconds.observe(durationMs / 1000, route, String(status)),
  })
}
