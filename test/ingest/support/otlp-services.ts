import type { Signal } from '../../../src/otlp/batch.ts'
import { decodeMessage } from '../../otlp/proto.ts'

/** Where OTLP puts each signal, and what its partial success is called (opentelemetry/proto/collector). */
type OtlpService = {
  readonly grpcPath: string
  readonly httpPath: string
  readonly response: string
  readonly rejected: string
}

export const OTLP_SERVICES: Readonly<Record<Signal, OtlpService>> = {
  logs: {
    grpcPath: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    httpPath: '/v1/logs',
    response: 'ExportLogsServiceResponse',
    rejected: 'rejectedLogRecords',
  },
  traces: {
    grpcPath: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    httpPath: '/v1/traces',
    response: 'ExportTraceServiceResponse',
    rejected: 'rejectedSpans',
  },
  metrics: {
    grpcPath: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    httpPath: '/v1/metrics',
    response: 'ExportMetricsServiceResponse',
    rejected: 'rejectedDataPoints',
  },
}

/** What a partial success says: nothing without one. */
export function partialSuccessOf(signal: Signal, body: Uint8Array): { rejected: number; message: string } {
  const { response, rejected } = OTLP_SERVICES[signal]
  const { partialSuccess = {} } = decodeMessage(response, body) as {
    partialSuccess?: Record<string, unknown>
  }
  return {
    rejected: Number(partialSuccess[rejected] ?? 0),
    message: String(partialSuccess.errorMessage ?? ''),
  }
}
