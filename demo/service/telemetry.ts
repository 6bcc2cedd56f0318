import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import {
  BatchLogRecordProcessor,
  type LogRecordProcessor,
  type ReadWriteLogRecord,
} from '@opentelemetry/sdk-logs'
import { NodeSDK } from '@opentelemetry/sdk-node'

/**
 * The OpenTelemetry Node SDK, as any service would set it up: logs go out over OTLP/gRPC in batches. Where to and
 * what the service is called comes from the environment (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME,
 * OTEL_RESOURCE_ATTRIBUTES).
 */

/** Log records that the service handed to the SDK, by severity text. */
export const emitted = new Map<string, number>()

const tally: LogRecordProcessor = {
  onEmit({ severityText = '' }: ReadWriteLogRecord) {
    emitted.set(severityText, (emitted.get(severityText) ?? 0) + 1)
  },
  forceFlush: async () => {},
  shutdown: async () => {},
}

/** Makes spans, so that log records carry the trace id of their request, and sends none. */
const spansStayHere = {
  onStart() {},
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
}

// Exporters report what they could not send here, on stderr.
diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN)

export const sdk = new NodeSDK({
  logRecordProcessors: [
    tally,
    // A full queue drops silently, so it is larger than what the demo ever writes.
    new BatchLogRecordProcessor({
      exporter: new OTLPLogExporter(),
      maxQueueSize: 20_000,
      scheduledDelayMillis: 500,
    }),
  ],
  spanProcessors: [spansStayHere],
  metricReaders: [],
})
sdk.start()
