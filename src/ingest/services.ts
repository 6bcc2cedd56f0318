import type { Signal } from '../otlp/batch.ts'
import { ReceiverError } from './failure.ts'

/** Where OTLP puts a signal: gRPC method and HTTP path (OTLP 1.7; opentelemetry/proto/collector). */
export type Service = { readonly grpcPath: string; readonly httpPath: string }

export const LOGS_SERVICE_NAME = 'opentelemetry.proto.collector.logs.v1.LogsService'

/** What the receivers take. */
export const LOGS: Service = { grpcPath: `/${LOGS_SERVICE_NAME}/Export`, httpPath: '/v1/logs' }

/** What OTLP defines and Weir doesn't take. Profiles are no signal of Weir's: nothing counts them. */
export const NOT_TAKEN: ReadonlyArray<Service & { readonly what: string; readonly signal?: Signal }> = [
  {
    what: 'traces',
    signal: 'traces',
    grpcPath: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    httpPath: '/v1/traces',
  },
  {
    what: 'metrics',
    signal: 'metrics',
    grpcPath: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    httpPath: '/v1/metrics',
  },
  {
    what: 'profiles',
    grpcPath: '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
    httpPath: '/v1development/profiles',
  },
]

export function notTaken(what: string): ReceiverError {
  return new ReceiverError('unimplemented', `Weir takes logs here; ${what} are not taken`)
}
