import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/schema.ts'
import type { Database, Engine } from '../store/database.ts'
import { logs } from '../store/tables/logs.ts'
import { resources } from '../store/tables/resources.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Authenticator } from '../tenancy/authenticator.ts'
import { webAccess } from '../tenancy/web.ts'
import type { Readiness } from './health/readiness.ts'
import { createLokiExecutor } from './loki/execute/executor.ts'
import type { Route } from './route.ts'
import { createRoutes } from './routes.ts'
import { type ApiServer, createApiServer } from './server.ts'
import { createQueries } from './sql/queries.ts'
import { source } from './sql/source.ts'

export type ApiParts = {
  readonly authenticator: Authenticator
  readonly engine: Engine
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly logger: Logger
  /** Of Weir. */
  readonly version: string
}

export type EndpointParts = {
  readonly reader: Database
  readonly readiness: Readiness
  /** The text of the metrics registry. */
  readonly metrics: () => Promise<string>
  readonly nowMs: () => number
  readonly version: string
}

/** The endpoints of a configuration, over the database that `reader` reads. */
export function createEndpoints(
  { query, tenancy }: Pick<Config, 'query' | 'tenancy'>,
  parts: EndpointParts,
): Route[] {
  const { reader, readiness, metrics, nowMs, version } = parts
  return createRoutes({
    store: {
      queries: createQueries(reader, query),
      logs: source(reader.name, logs),
      resources: source(reader.name, resources),
    },
    executor: createLokiExecutor({ reader, tables: { logs, resources }, limits: query, nowMs }),
    limits: query,
    nowMs,
    readiness,
    metrics,
    version,
    tenantHeader: tenancy.header,
  })
}

/** The API server of a configuration, not yet listening. */
export function createApi(config: Config, listen: ListenAddress, parts: ApiParts): ApiServer {
  const { authenticator, engine, readiness, metrics, logger, version } = parts
  return createApiServer({
    listen,
    routes: createEndpoints(config, {
      reader: engine.reader,
      readiness,
      metrics: metrics.render,
      nowMs: Date.now,
      version,
    }),
    web: webAccess(config),
    access: { tenancy: config.tenancy, authenticator },
    limits: config.query,
    log: logger,
    onAnswered: ({ route, status, durationMs }) =>
      metrics.querySeconds.observe(durationMs / 1000, route, String(status)),
  })
}
