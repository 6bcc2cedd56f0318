import type { Signal } from '../otlp/batch.ts'
import { ReceiverError } from './failure.ts'

/** Where OTLP puts a signal: gRPC service and method, HTTP path (OTLP 1.7; opentelemetry/proto/collector). */
export type Service = {
  readonly signal: Signal
  readonly grpcService: string
  readonly grpcPath: string
  readonly httpPath: string
  /** What Export…PartialSuccess calls its count in JSON. */
  readonly rejectedName: string
}

function service(signal: Signal, name: string, rejectedName: string): Service {
  const grpcService = `opentelemetry.proto.collector.${name}`
  return {
    signal,
    grpcService,
    grpcPath: `/${grpcService}/Export`,
    httpPath: `/v1/${signal}`,
    rejectedName,
  }
}

/** What the receivers take: one line per signal. */
export const SERVICES: ReadonlyArray<Service> = [
  service('logs', 'logs.v1.LogsService', 'rejectedLogRecords'),
  service('traces', 'trace.v1.TraceService', 'rejectedSpans'),
  service('metrics', 'metrics.v1.MetricsService', 'rejectedDataPoints'),
]

/** What OTLP defines and Weir doesn't take: no signal of Weir's, so nothing counts them. */
export const PROFILES = {
  grpcPath: '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
  httpPath: '/v1development/profiles',
} as const

export function profilesNotTaken(): ReceiverError {
  return new ReceiverError('unimplemented', 'Weir takes logs, traces and metrics; profiles are not taken')
}

export function serviceOf(signal: Signal): Service {
  const found = SERVICES.find((candidate) => candidate.signal === signal)
  if (found === undefined) throw new Error(`BUG: no service takes ${signal}`)
  return found
}
