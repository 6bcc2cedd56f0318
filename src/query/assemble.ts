import type { ListenAddress } from '../config/fields.ts'
import type { Config } from '../config/schema.ts'
import type { SeriesTracker } from '../processors/cardinality-limit/series-tracker.ts'
import type { RulesInForce } from '../processors/rules-in-force.ts'
import type { Database, Engine } from '../store/database.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Authenticator } from '../tenancy/authentication.ts'
import { webAccess } from '../tenancy/web.ts'
import type { ConfigControl } from './config/control.ts'
import type { Readiness } from './health/readiness.ts'
import { createLokiExecutor } from './loki/execute/executor.ts'
import { createPrometheusExecutor } from './prometheus/execute/executor.ts'
import type { Route } from './route.ts'
import { createRoutes, type RouteParts } from './routes.ts'
import { type ApiServer, createApiServer } from './server.ts'
import type { SocketRoute } from './socket-route.ts'
import { createQueries } from './sql/queries.ts'
import { source } from './sql/source.ts'
import { READ_TABLES } from './tables.ts'
import { NO_USAGE, type UsageRecorder } from './usage/recorder.ts'

export type ApiParts = {
  readonly authenticator: Authenticator
  readonly engine: Engine
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly series: SeriesTracker
  readonly rules: RulesInForce
  readonly config: ConfigControl
  readonly usage: UsageRecorder
  readonly logger: Logger
  /** Endpoints that speak WebSocket, of other parts. */
  readonly sockets: ReadonlyArray<SocketRoute>
  /** Of Weir. */
  readonly version: string
}

export type EndpointParts = Pick<
  RouteParts,
  'readiness' | 'metrics' | 'series' | 'rules' | 'config' | 'nowMs' | 'version'
> & {
  readonly reader: Database
  readonly usage?: UsageRecorder
}

/** The endpoints of a configuration, over the database that `reader` reads. */
export function createEndpoints(
  { query, tenancy }: Pick<Config, 'query' | 'tenancy'>,
  parts: EndpointParts,
): Route[] {
  const { reader, nowMs, usage = NO_USAGE } = parts
  const tables = READ_TABLES
  return createRoutes({
    ...parts,
    tables,
    store: {
      queries: createQueries(reader, query),
      logs: source(reader.name, tables.logs),
      resources: source(reader.name, tables.resources),
    },
    executor: createLokiExecutor({ reader, tables, limits: query, nowMs, usage }),
    prometheus: createPrometheusExecutor({ reader, tables, limits: query, nowMs, usage }),
    limits: query,
    tenancy,
    tenantHeader: tenancy.header,
  })
}

/** The API server of a configuration, not yet listening. */
export function createApi(config: Config, listen: ListenAddress, parts: ApiParts): ApiServer {
  const { authenticator, engine, readiness, metrics, tracing, series, usage, logger, version, sockets } =
    parts
  const { rules, config: control } = parts
  return createApiServer({
    listen,
    routes: createEndpoints(config, {
      reader: engine.reader,
      readiness,
      metrics: metrics.render,
      series,
      rules,
      config: control,
      usage,
      nowMs: Date.now,
      version,
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
