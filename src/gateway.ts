import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ListenAddress } from './config/fields.ts'
import type { Config } from './config/schema.ts'
import { GrpcReceiver } from './ingest/grpc.ts'
import { HttpReceiver } from './ingest/http.ts'
import { Intake } from './ingest/intake.ts'
import { intakeObserver, watchIntake } from './ingest/intake-metrics.ts'
import { createPipeline } from './ingest/pipeline.ts'
import { PressureGuard } from './ingest/pressure.ts'
import { Outcomes } from './otlp/outcomes.ts'
import { LivePipeline } from './processors/live-pipeline.ts'
import { buildPipeline, parseProcessors } from './processors/pipeline.ts'
import {
  createReadiness,
  INGEST_PART,
  type PartState,
  type Readiness,
  STORE_GRACE_MS,
} from './query/health/readiness.ts'
import { createRoutes } from './query/routes.ts'
import { type ApiServer, createApiServer } from './query/server.ts'
import { bringUp } from './store/bring-up.ts'
import { createEngine } from './store/engine/create.ts'
import type { ManagedEngine } from './store/engine/engine.ts'
import { lockDirectory } from './store/engine/lock.ts'
import { readGatewayId } from './store/gateway-id.ts'
import { SCHEMA_VERSION } from './store/migrations/steps.ts'
import { logKind } from './store/rows/log-kind.ts'
import { nodeDisk } from './store/spool/files.ts'
import { SpoolStore } from './store/spool-store.ts'
import { storeEvents, watchStore } from './store/store-metrics.ts'
import { spoolDirectory, storeOptions } from './store/store-options.ts'
import { logs } from './store/tables/logs.ts'
import { resources } from './store/tables/resources.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { Credentials } from './tenancy/credentials.ts'
import { unsafeListeners } from './tenancy/listeners.ts'
import { webAccess } from './tenancy/web.ts'
import { authenticateWriter, writeTenancy } from './tenancy/write.ts'

export type Gateway = {
  /** As bound; null where a listener is turned off. */
  readonly addresses: {
    readonly grpc: ListenAddress | null
    readonly http: ListenAddress | null
    readonly api: ListenAddress | null
  }
  /** The engine, for what watches it from outside (benches, the demo). */
  readonly engine: ManagedEngine
  readonly store: SpoolStore
  /** Stops ingest first, then inserts what it can, then the rest. What is left in the spool is inserted after the next start. */
  stop(): Promise<void>
}

export type GatewayOptions = { readonly configText: string; readonly logger: Logger }

const BODY_TIMEOUT_MS = 30_000
const STOP_REQUESTS_MS = 5000
const STOP_DRAIN_MS = 15_000
const LOOP_DELAY_MS_MAX = 5000

/** Undoes what was started, last first. A step that fails does not keep the others from running. */
class Undo {
  readonly #steps: Array<{ readonly what: string; readonly undo: () => unknown }> = []

  add(what: string, undo: () => unknown): void {
    this.#steps.push({ what, undo })
  }

  async run(log: Logger): Promise<void> {
    for (const { what, undo } of this.#steps.splice(0).reverse()) {
      try {
        await undo()
      } catch (error) {
        log.error({ err: error, what }, 'did not stop cleanly')
      }
    }
  }
}

/**
 * Starts a gateway: lock, engine, store, API, then ingest, once the store has answered or 30 s have passed. Rejects
 * with a sentence for the operator; nothing is left running then.
 */
export async function startGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const undo = new Undo()
  try {
    return await start(config, options, undo)
  } catch (error) {
    await undo.run(options.logger)
    throw error
  }
}

async function start(config: Config, { logger }: GatewayOptions, undo: Undo): Promise<Gateway> {
  const unsafe = unsafeListeners(config)
  if (unsafe !== undefined) throw new Error(unsafe)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockDirectory(config.dataDir)
  undo.add('lock', () => lock.release())
  const metrics = createMetrics()
  const outcomes = new Outcomes()
  const rules = buildRules(config, outcomes, metrics, logger)
  undo.add('processors', () => rules.stop())

  const engine = createEngine(config.clickhouse, {
    directory: join(config.dataDir, 'clickhouse'),
    log: logger,
  })
  undo.add('engine', () => engine.stop())
  watchEngine(engine, metrics)
  engine.start()
  const store = await openStore(config, engine, { outcomes, metrics, logger })
  store.onCommit((commit, durable) => rules.ended(commit, durable))
  undo.add('store', () => store.stop(AbortSignal.timeout(STOP_DRAIN_MS)))

  const ingest: { state: PartState['state'] } = { state: 'starting' }
  const readiness = createReadiness({ nowMs: Date.now, parts: () => partStates(ingest.state, engine, store) })
  const credentials = new Credentials(config.credentials)
  const api =
    config.listen.api &&
    startApi(config, config.listen.api, { credentials, engine, readiness, metrics, logger })
  undo.add('api', () => api?.stop())
  const apiPort = await api?.start()

  await broughtUp(config, engine, store, readiness, logger, undo)
  const intake = createIntake(config, { credentials, outcomes, rules, store, metrics, logger }, undo)
  const { grpc, http } = await startReceivers(config, intake, undo)
  ingest.state = 'up'
  undo.add('readiness', () => {
    ingest.state = 'stopping'
  })
  let stopped: Promise<void> | undefined
  return {
    addresses: { grpc, http, api: withPort(config.listen.api, apiPort?.port) },
    engine,
    store,
    stop: () => {
      stopped ??= undo.run(logger)
      return stopped
    },
  }
}

function buildRules(config: Config, outcomes: Outcomes, metrics: Metrics, logger: Logger): LivePipeline {
  const parsed = parseProcessors(config.processors)
  // The loader has checked them; whoever comes here without it gets the first sentence.
  if ('issues' in parsed)
    throw new Error(`processors.${parsed.issues[0]!.path.join('.')}: ${parsed.issues[0]!.message}`)
  const evaluationFailed = (processor: string): void => {
    metrics.processorEvaluationFailures.cell(processor).value++
  }
  return new LivePipeline(
    buildPipeline(parsed.plan, {
      outcomes,
      nowMs: Date.now,
      random: Math.random,
      evaluationFailed,
      log: logger,
    }),
  )
}

async function openStore(
  config: Config,
  engine: ManagedEngine,
  { outcomes, metrics, logger }: { outcomes: Outcomes; metrics: Metrics; logger: Logger },
): Promise<SpoolStore> {
  const directory = spoolDirectory(config)
  const gatewayId = await readGatewayId(nodeDisk, directory)
  const store = await SpoolStore.open(storeOptions(config, gatewayId, SCHEMA_VERSION), {
    disk: nodeDisk,
    directory,
    database: engine.writer,
    outcomes,
    signals: new Map([['logs', logKind(config.logs, outcomes)]]),
    nowMs: Date.now,
    events: storeEvents(metrics, logger),
    fatal: (error) => {
      // Thrown where nobody catches it: the process ends, unanswered, and the disk decides after the restart.
      setImmediate(() => {
        throw error
      })
    },
  })
  watchStore(metrics, store, Date.now)
  return store
}

function startApi(
  config: Config,
  listen: ListenAddress,
  parts: {
    credentials: Credentials
    engine: ManagedEngine
    readiness: Readiness
    metrics: Metrics
    logger: Logger
  },
): ApiServer {
  const { credentials, engine, readiness, metrics, logger } = parts
  return createApiServer({
    listen,
    routes: createRoutes({
      reader: engine.reader,
      tables: { logs, resources },
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

/** Resolves when ClickHouse has answered and has the tables, or after 30 s: then the spool accepts without it. */
async function broughtUp(
  config: Config,
  engine: ManagedEngine,
  store: SpoolStore,
  readiness: Readiness,
  logger: Logger,
  undo: Undo,
): Promise<void> {
  const stop = new AbortController()
  const migration = {
    cluster: config.clickhouse.mode === 'server' ? config.clickhouse.cluster : undefined,
    textIndex: config.logs.textIndex,
    isSpoolDrained: () => store.stats.spoolBytes === 0,
  }
  const up = bringUp(engine, store, migration, logger, stop.signal).then(() => readiness.storeAnswered())
  undo.add('schema', () => {
    stop.abort()
    return up.catch(() => undefined)
  })
  const patience = new AbortController()
  await Promise.race([
    up,
    delay(STORE_GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
  ])
  patience.abort()
  // Past the grace a schema that can't be used still ends the gateway: nothing would ever be inserted.
  up.catch((error) => {
    logger.fatal({ err: error }, 'the schema can not be used')
    setImmediate(() => {
      throw error
    })
  })
}

function createIntake(
  config: Config,
  parts: {
    credentials: Credentials
    outcomes: Outcomes
    rules: LivePipeline
    store: SpoolStore
    metrics: Metrics
    logger: Logger
  },
  undo: Undo,
): Intake {
  const { credentials, outcomes, rules, store, metrics, logger } = parts
  const pressure = new PressureGuard({
    rssBytesMax: Number.POSITIVE_INFINITY,
    loopDelayMsMax: LOOP_DELAY_MS_MAX,
    nowMs: () => performance.now(),
  })
  pressure.start()
  undo.add('pressure', () => pressure.stop())
  const handler = createPipeline({
    store,
    tenancy: writeTenancy(config.tenancy, outcomes),
    rules: () => rules,
    outcomes,
    limits: config.ingest,
    nowMs: Date.now,
    events: {
      repeated: (signal) => {
        metrics.requestsRepeated.cell(signal).value++
      },
      invalidUtf8: (signal, values) => {
        metrics.invalidUtf8Values.cell(signal).value += values
      },
    },
  })
  const intake = new Intake({
    handler,
    authenticate: ({ authorization }) =>
      authenticateWriter(credentials, typeof authorization === 'string' ? authorization : authorization?.[0]),
    limits: { ...config.ingest, bodyTimeoutMs: BODY_TIMEOUT_MS },
    tenantHeader: config.tenancy.header,
    observer: intakeObserver(metrics),
    log: logger,
    pressure: pressure.sentence,
    random: Math.random,
    nowMs: () => performance.now(),
  })
  watchIntake(metrics, intake)
  return intake
}

async function startReceivers(
  { listen }: Config,
  intake: Intake,
  undo: Undo,
): Promise<{ grpc: ListenAddress | null; http: ListenAddress | null }> {
  const grpc = listen.grpc && new GrpcReceiver({ intake, listen: listen.grpc })
  const http = listen.http && new HttpReceiver({ intake, listen: listen.http })
  undo.add('receivers', () => Promise.all([grpc?.stop(STOP_REQUESTS_MS), http?.stop(STOP_REQUESTS_MS)]))
  const bound = { grpc: await grpc?.start(), http: await http?.start() }
  grpc?.setServing(true)
  return { grpc: withPort(listen.grpc, bound.grpc?.port), http: withPort(listen.http, bound.http?.port) }
}

function withPort(address: ListenAddress | null, port: number | undefined): ListenAddress | null {
  return address && { host: address.host, port: port ?? address.port }
}

function watchEngine(engine: ManagedEngine, metrics: Metrics): void {
  let ups = 0
  engine.onState((state) => {
    metrics.engineUp.cell().value = state === 'up' ? 1 : 0
    if (state === 'up' && ups++ > 0) metrics.engineRestarts.cell().value++
  })
}

/** How each part does, for /readyz. */
function partStates(ingest: PartState['state'], engine: ManagedEngine, store: SpoolStore): PartState[] {
  const { refusal } = store
  return [
    refusal === undefined
      ? { name: INGEST_PART, state: ingest }
      : { name: INGEST_PART, state: 'down', detail: refusal },
    {
      name: 'clickhouse',
      state: engine.state,
      ...(engine.state === 'down'
        ? { detail: 'ClickHouse does not answer; the spool keeps what comes in.' }
        : {}),
    },
    { name: 'inserter', state: store.inserting ? 'up' : 'starting' },
  ]
}
