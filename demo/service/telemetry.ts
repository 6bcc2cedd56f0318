import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { PeriodicExportingMetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { countLogs, countPoints, countSpans } from './sent.ts'

/**
 * The OpenTelemetry Node SDK, as any service would set it up: logs, spans and metrics go out over OTLP/gRPC in
 * batches. Where to and what the service is called comes from the environment (OTEL_EXPORTER_OTLP_ENDPOINT,
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
 */

/** A full queue drops silently, so it is larger than what the demo ever makes. */
const QUEUE = { maxQueueSize: 20_000, scheduledDelayMillis: 500 }

// Exporters report what they could not send here, on stderr.
diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN)

class CountingMetricExporter extends OTLPMetricExporter {
  override export(metrics: ResourceMetrics, done: Parameters<OTLPMetricExporter['export']>[1]): void {
    countPoints(metrics)
    super.export(metrics, done)
  }
}

const metricReader = new PeriodicExportingMetricReader({
  exporter: new CountingMetricExporter(),
  exportIntervalMillis: 1000,
  exportTimeoutMillis: 1000,
})

const sdk = new NodeSDK({
  logRecordProcessors: [
    countLogs,
    new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), ...QUEUE }),
  ],
  spanProcessors: [countSpans, new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...QUEUE })],
  metricReaders: [metricReader],
})
sdk.start()

/** Sends the metrics as they are now. */
export const sendMetrics = (): Promise<void> => metricReader.forceFlush()

/** Sends what the SDK still holds. */
export const shutDown = (): Promise<void> => sdk.shutdown()
