import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import type { Config } from '../../config/schema.ts'

type Limits = Pick<Config['telemetry']['traces'], 'queueSpansMax' | 'batchSpansMax' | 'batchDelayMs'>

/** How long one export may take; the exporter gives up earlier. */
const BATCH_TIMEOUT_MS = 15_000

/** The SDK's batches, with the bound where it can be seen: what it would drop silently is told. */
export class BoundedQueue implements SpanProcessor {
  readonly #exporter: SpanExporter
  readonly #batches: BatchSpanProcessor
  readonly #queueSpansMax: number
  readonly #dropped: () => void
  #waiting = 0

  constructor(exporter: SpanExporter, limits: Limits, dropped: () => void) {
    this.#exporter = exporter
    this.#queueSpansMax = limits.queueSpansMax
    this.#dropped = dropped
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          this.#waiting -= spans.length
          exporter.export(spans, done)
        },
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: limits.queueSpansMax,
      maxExportBatchSize: limits.batchSpansMax,
      scheduledDelayMillis: limits.batchDelayMs,
      exportTimeoutMillis: BATCH_TIMEOUT_MS,
    })
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= this.#queueSpansMax) {
      this.#dropped()
      return
    }
    this.#waiting++
    this.#batches.onEnd(span)
  }

  async forceFlush(): Promise<void> {
    // The batches wait for what they send now, and not for what is on its way already.
    await this.#batches.forceFlush().catch(() => undefined)
    await this.#exporter.forceFlush?.()
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown()
  }
}
