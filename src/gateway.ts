import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ListenAddress } from './config/fields.ts'
import { listening } from './config/listen-failure.ts'
import type { ConfigSource, ReloadResult } from './config/reload.ts'
import type { Config } from './config/schema.ts'
import { buildRules, createIngest, withPort } from './ingest/assemble.ts'
import { GeneratedRows } from './ingest/generated-rows.ts'
import { createOwnMetrics, type OwnMetricsNeeds } from './ingest/own-metrics.ts'
import { Outcomes } from './otlp/outcomes.ts'
import type { RulesInForce } from './processors/rules-in-force.ts'
import { openSeriesStates } from './processors/series-states.ts'
import { type ApiParts, createApi } from './query/assemble.ts'
import { createConfigControl, type RunningControl } from './query/config/create.ts'
import {
  createReadiness,
  INGEST_PART,
  type PartState,
  type Readiness,
  STORE_GRACE_MS,
} from './query/health/readiness.ts'
import { UsageBook } from './query/usage/recorder.ts'
import { bringUp } from './store/bring-up.ts'
import { createEngine } from './store/engine/create.ts'
import type { ManagedEngine } from './store/engine/engine.ts'
import { lockDirectory } from './store/engine/lock.ts'
import { readGatewayId } from './store/gateway-id.ts'
import { type OpenStoreParts, openStore } from './store/open-store.ts'
import { writeUsedNames } from './store/query-usage.ts'
import { nodeDisk } from './store/spool/files.ts'
import type { SpoolStore } from './store/spool-store.ts'
import { spoolDirectory } from './store/store-options.ts'
import { createTail, type Tail, type TailParts } from './tail/assemble.ts'
import type { ClusterParts } from './tail/cluster/assemble.ts'
import { clusterDescriptions, openClusters } from './tail/kubernetes/clusters.ts'
import { systemTimers } from './tail/kubernetes/timers.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { LedgerSums } from './telemetry/own-metrics/ledger-sums.ts'
import { openTraces } from './telemetry/tracing/open.ts'
import { createAuthenticator } from './tenancy/authenticator.ts'
import { Credentials } from './tenancy/credentials.ts'
import { unsafeListeners } from './tenancy/listeners.ts'

export type Gateway = {
  /** As bound; null where a listener is turned off. */
  readonly addresses: {
    readonly grpc: ListenAddress | null
    readonly http: ListenAddress | null
    readonly api: ListenAddress | null
  }
  /** Reads the configuration anew and puts its processors in force. Throws a ConfigError; then nothing has changed. */
  reload(by: string): ReloadResult
  /** Exports the own spans that have ended by now; never rejects. */
  flushTraces(): Promise<void>
  /** Stops ingest first, then inserts what it can, then the rest. What is left is inserted after the next start. */
  stop(): Promise<void>
}

export type GatewayOptions = {
  readonly logger: Logger
  /** How long a start waits for ClickHouse before the spool accepts without it. */
  readonly storeGraceMs?: number
  /** Of Weir, for who asks the API. */
  readonly version?: string
  /** The file behind the configuration. Without it nothing can be reloaded. */
  readonly source?: ConfigSource
  /** Ends a start that is under way; it rejects with the reason then. Without effect on a gateway that runs. */
  readonly signal?: AbortSignal
}

const STOP_REQUESTS_MS = 5000
const STOP_DRAIN_MS = 15_000
const FLUSH_TRACES_MS = 2000

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

async function start(config: Config, options: GatewayOptions, undo: Undo): Promise<Gateway> {
  const { logger, source, storeGraceMs = STORE_GRACE_MS, version = 'unknown' } = options
  const { signal = new AbortController().signal } = options
  const unsafe = unsafeListeners(config)
  if (unsafe !== undefined) throw new Error(unsafe)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockDirectory(config.dataDir)
  undo.add('lock', () => lock.release())
  const metrics = createMetrics()
  const traces = await openTraces(config, { metrics, logger })
  undo.add('traces', () => traces.stop(FLUSH_TRACES_MS))
  const { tracing } = traces
  const outcomes = new Outcomes()
  const gatewayId = await readGatewayId(nodeDisk, spoolDirectory(config))
  const states = await openSeriesStates(config, { instance: gatewayId, metrics, logger })
  undo.add('series', () => states.stop())
  const generated = new GeneratedRows({ outcomes, limits: config.ingest, nowMs: Date.now })
  const rules = buildRules(config, { outcomes, states, generated, metrics, logger })
  undo.add('processors', () => rules.live.stop())

  const engine = startEngine(config, metrics, logger, undo)
  const ledger = new LedgerSums()
  const told = { outcomes, metrics, ledger, tracing, logger }
  const store = await startStore(config, { ...told, database: engine.writer, fatal: endProcess }, undo)
  startGenerating(config, { rules, store, metrics, ledger, generated, version, logger }, undo)
  signal.throwIfAborted()

  const credentials = new Credentials(config.credentials)
  const receivers = createIngest(config, { credentials, outcomes, rules, store, metrics, tracing, logger })
  const ingest: { state: PartState['state'] } = { state: 'starting' }
  const readiness = createReadiness({
    nowMs: Date.now,
    graceMs: storeGraceMs,
    parts: () => partStates(ingest.state, store.refusal ?? receivers.refusal(), engine, store),
  })
  const authenticator = createAuthenticator(config, credentials)
  const tailParts = { store, reader: engine.reader, metrics, logger, rules: rules.live }
  const tail = await openTail(config, tailParts, undo)
  const control = createConfigControl(config, { source, rules, engine, gatewayId, logger })
  undo.add('config versions', () => control.stop())
  const reads = { rules, config: control, series: states.series, sockets: tail.sockets }
  const shared = { metrics, tracing, logger, ...reads }
  const api = await startApi(config, { authenticator, engine, readiness, version, ...shared }, undo)
  // Before the API, which waits for its connections.
  undo.add('tail', () => tail.stop())

  await storeIsUp(config, { engine, store, readiness, control, logger, storeGraceMs, signal }, undo)
  signal.throwIfAborted()
  undo.add('ingest', () => receivers.stop(STOP_REQUESTS_MS))
  const { grpc, http } = await receivers.start()
  if (grpc) traces.listening(grpc)
  // To itself there is nothing to send any more once the listener is closed.
  if (config.telemetry.traces.endpoint === 'self') undo.add('traces', () => traces.stop(FLUSH_TRACES_MS))
  ingest.state = 'up'
  undo.add('readiness', () => {
    ingest.state = 'stopping'
  })
  let stopped: Promise<void> | undefined
  return {
    addresses: { grpc, http, api },
    reload: (by) => control.reload(by),
    flushTraces: () => traces.flush(FLUSH_TRACES_MS),
    stop: () => {
      stopped ??= undo.run(logger)
      return stopped
    },
  }
}

/** The tail, with a client for each cluster. Nothing is asked of these before somebody watches. */
async function openTail(
  config: Config,
  parts: Omit<TailParts, 'gatewayId' | 'kubernetes'> & { readonly store: SpoolStore } & Pick<
      ClusterParts,
      'rules'
    >,
  undo: Undo,
): Promise<Tail> {
  const { rules, ...rest } = parts
  const clusters = await openClusters(clusterDescriptions(config), { timers: systemTimers, env: process.env })
  undo.add('clusters', () => Promise.all([...clusters.values()].map((client) => client.close())))
  const kubernetes = clusters.size === 0 ? {} : { kubernetes: { clusters, rules } }
  return createTail(config, { ...rest, gatewayId: parts.store.gatewayId, ...kubernetes })
}

function startEngine(config: Config, metrics: Metrics, logger: Logger, undo: Undo): ManagedEngine {
  const directory = join(config.dataDir, 'clickhouse')
  const engine = createEngine(config.clickhouse, { directory, log: logger })
  undo.add('engine', () => engine.stop())
  watchEngine(engine, metrics)
  engine.start()
  return engine
}

/** Processors hear of commits, remember what an earlier start left them, and may generate; so do the own metrics. */
function startGenerating(
  config: Config,
  parts: OwnMetricsNeeds & { readonly rules: RulesInForce },
  undo: Undo,
): void {
  const { store, generated } = parts
  const { live } = parts.rules
  store.onCommit((commit, durable) => live.ended(commit, durable))
  store.onSeal((commit) => live.notes(commit))
  generated.attach(store, live)
  live.recall((name) => store.notesOf(name))
  live.start()
  // Once nothing is received, and while the store still takes what sums it up.
  undo.add('generated rows', () => live.flush())
  const own = createOwnMetrics(config, parts)
  undo.add('own metrics', () => own?.stop())
  own?.start()
}

/** Keeps and writes the names that queries use. */
function startUsage({ engine, logger }: Pick<ApiParts, 'engine' | 'logger'>, undo: Undo): UsageBook {
  const usage = new UsageBook({
    write: (names) => writeUsedNames(engine.writer, names),
    failed: (error) => logger.warn({ err: error }, 'names that queries used are not written yet'),
    nowMs: Date.now,
  })
  undo.add('usage', () => usage.stop())
  usage.start()
  return usage
}

/** Listens and serves. Null if the API is turned off. */
async function startApi(
  config: Config,
  parts: Omit<ApiParts, 'usage'>,
  undo: Undo,
): Promise<ListenAddress | null> {
  const listen = config.listen.api
  if (listen === null) return null
  const api = createApi(config, listen, { ...parts, usage: startUsage(parts, undo) })
  undo.add('api', () => api.stop())
  const { port } = await listening('api', listen, api.start())
  return withPort(listen, port)
}

async function startStore(config: Config, parts: OpenStoreParts, undo: Undo): Promise<SpoolStore> {
  const store = await openStore(config, parts)
  undo.add('store', () => {
    parts.logger.info(
      { waitsMs: STOP_DRAIN_MS },
      'inserts what the spool holds; what is left is inserted after the next start',
    )
    return store.stop(AbortSignal.timeout(STOP_DRAIN_MS))
  })
  return store
}

type UpParts = {
  readonly engine: ManagedEngine
  readonly store: SpoolStore
  readonly readiness: Readiness
  readonly logger: Logger
  readonly storeGraceMs: number
  readonly signal: AbortSignal
  readonly control: RunningControl
}

/**
 * Resolves when ClickHouse has answered and has the tables, or when patience ends: the spool accepts without it; or
 * when `signal` aborts.
 */
async function storeIsUp(config: Config, parts: UpParts, undo: Undo): Promise<void> {
  const { engine, store, readiness, logger, storeGraceMs, signal, control } = parts
  const stop = new AbortController()
  const migration = {
    cluster: config.clickhouse.mode === 'server' ? config.clickhouse.cluster : undefined,
    textIndex: config.logs.textIndex,
    isSpoolDrained: () => store.stats.spoolBytes === 0,
  }
  const up = bringUp(engine, store, migration, logger, stop.signal).then(() => {
    readiness.storeAnswered()
    control.started()
  })
  // Not waited for: a statement that hangs ends when the engine is stopped, and the spool must be closed before.
  undo.add('schema', () => stop.abort())
  const patience = new AbortController()
  const grace = delay(storeGraceMs, undefined, { signal: AbortSignal.any([patience.signal, signal]) }).catch(
    () => undefined,
  )
  await Promise.race([up, grace])
  patience.abort()
  // Past the grace, a schema that can't be used still ends the gateway: nothing would ever be inserted.
  up.catch(endProcess)
}

/** Throws where nobody catches: `serve` logs it and exits. */
function endProcess(error: Error): void {
  setImmediate(() => {
    throw error
  })
}

function watchEngine(engine: ManagedEngine, metrics: Metrics): void {
  let ups = 0
  engine.onState((state) => {
    metrics.engineUp.cell().value = state === 'up' ? 1 : 0
    if (state === 'up' && ups++ > 0) metrics.engineRestarts.cell().value++
  })
}

/** How each part does, for /readyz. */
function partStates(
  ingest: PartState['state'],
  refusal: string | undefined,
  engine: ManagedEngine,
  store: SpoolStore,
): PartState[] {
  // Ingest is up without it only once patience has ended: no start takes that long.
  const isAway = engine.state === 'down' || (engine.state === 'starting' && ingest === 'up')
  const clickhouse: Omit<PartState, 'name'> = isAway
    ? { state: 'down', detail: 'ClickHouse does not answer; the spool keeps what comes in.' }
    : { state: engine.state }
  return [
    refusal === undefined
      ? { name: INGEST_PART, state: ingest }
      : { name: INGEST_PART, state: 'down', detail: refusal },
    { name: 'clickhouse', ...clickhouse },
    { name: 'inserter', state: store.inserting ? 'up' : 'starting' },
  ]
}
