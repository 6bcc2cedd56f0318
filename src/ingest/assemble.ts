import { totalmem } from 'node:os'
import type { ListenAddress } from '../config/fields.ts'
import { listening } from '../config/listen-failure.ts'
import type { Config } from '../config/schema.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import { RulesInForce } from '../processors/rules-in-force.ts'
import type { SeriesStates } from '../processors/series-states.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Credentials } from '../tenancy/credentials.ts'
import { authenticateWriter, writeTenancy } from '../tenancy/write.ts'
import type { GeneratedRows } from './generated-rows.ts'
import { GrpcReceiver } from './grpc.ts'
import { HttpReceiver } from './http.ts'
import { Intake } from './intake.ts'
import { intakeObserver, watchIntake } from './intake-metrics.ts'
import type { TlsFiles } from './listener.ts'
import { createPipeline } from './pipeline.ts'
import { PressureGuard } from './pressure.ts'

export type IngestParts = {
  readonly credentials: Credentials
  readonly outcomes: Outcomes
  readonly rules: RulesInForce
  readonly store: Store
  readonly metrics: Metrics
  readonly tracing: Tracing | undefined
  readonly logger: Logger
}

/** The receivers, made but not yet listening. */
export type Ingest = {
  /** Listens and serves. Rejects if an address can't be had. */
  start(): Promise<{ readonly grpc: ListenAddress | null; readonly http: ListenAddress | null }>
  /** Why nothing is taken now, for people: memory or CPU. Undefined while all is well. */
  readonly refusal: () => string | undefined
  /** Takes nothing new, finishes what is in flight within the deadline, then cuts. Idempotent. */
  stop(deadlineMs: number): Promise<void>
}

const BODY_TIMEOUT_MS = 30_000
const LOOP_DELAY_MS_MAX = 5000
/** Of a container's memory; the embedded ClickHouse has a limit of its own beside it. */
const CONTAINER_SHARE = 0.8

/** The processors of the configuration, which its loader has checked. */
export function buildRules(
  config: Config,
  parts: Pick<IngestParts, 'outcomes' | 'metrics' | 'logger'> & {
    readonly states: SeriesStates
    readonly generated: GeneratedRows
  },
): RulesInForce {
  const { outcomes, metrics, logger } = parts
  const { folds, labelValues, series } = parts.states
  const { generate, currentCommit, gatewayId } = parts.generated
  const evaluationFailed = (processor: string): void => {
    metrics.processorEvaluationFailures.cell(processor).value++
  }
  const shared = { outcomes, series, labelValues, folds, generate, currentCommit, gatewayId }
  const world = { ...shared, nowMs: Date.now, random: Math.random }
  return new RulesInForce(config.processors, { ...world, evaluationFailed, log: logger })
}

export function createIngest(config: Config, parts: IngestParts): Ingest {
  const pressure = new PressureGuard({
    rssBytesMax: memoryCeiling(),
    loopDelayMsMax: LOOP_DELAY_MS_MAX,
    nowMs: () => performance.now(),
  })
  const intake = createIntake(config, parts, pressure)
  const { listen } = config
  const tls = tlsOf(config)
  const grpc = listen.grpc && new GrpcReceiver({ intake, listen: { ...listen.grpc, ...tls } })
  const cors = { ...config.ingest.cors, tenantHeader: config.tenancy.header }
  const http = listen.http && new HttpReceiver({ intake, listen: { ...listen.http, ...tls }, cors })
  return {
    refusal: pressure.sentence,
    async start() {
      pressure.start()
      const bound = {
        grpc: grpc && listen.grpc && (await listening('grpc', listen.grpc, grpc.start())),
        http: http && listen.http && (await listening('http', listen.http, http.start())),
      }
      grpc?.setServing(true)
      return { grpc: withPort(listen.grpc, bound.grpc?.port), http: withPort(listen.http, bound.http?.port) }
    },
    async stop(deadlineMs) {
      await Promise.all([grpc?.stop(deadlineMs), http?.stop(deadlineMs)])
      pressure.stop()
    },
  }
}

function tlsOf({ ingest: { tls } }: Config): { readonly tls?: TlsFiles } {
  if (tls === undefined) return {}
  const { cert, key, clientCa } = tls
  const ca = clientCa === undefined ? {} : { ca: clientCa.reveal() }
  return { tls: { cert: cert.reveal(), key: key.reveal(), ...ca } }
}

function createIntake(config: Config, parts: IngestParts, pressure: PressureGuard): Intake {
  const { credentials, outcomes, rules, store, metrics, tracing, logger } = parts
  const handler = createPipeline({
    store,
    tenancy: writeTenancy(config.tenancy, outcomes),
    rules: rules.live,
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
    tracing,
    log: logger,
    pressure: pressure.sentence,
    random: Math.random,
    nowMs: () => performance.now(),
  })
  watchIntake(metrics, intake)
  return intake
}

/** Where a container limits memory, refusing comes before the kernel's kill. */
function memoryCeiling(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit * CONTAINER_SHARE : Number.POSITIVE_INFINITY
}

/** The address with the port that was bound, for those that ask for any. */
export function withPort(address: ListenAddress | null, port: number | undefined): ListenAddress | null {
  return address && { host: address.host, port: port ?? address.port }
}
