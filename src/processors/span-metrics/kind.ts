import type { ProcessorKind } from '../processor.ts'
import { readConfig, type SpanMetricsConfig } from './config.ts'
import { SpanMetrics } from './span-metrics.ts'

/** `span_metrics`: calls, errors and durations per service and operation. */
export const spanMetricsKind: ProcessorKind<SpanMetricsConfig> = {
  kind: 'span_metrics',
  parse: readConfig,
  build: (name, config, deps) => new SpanMetrics(name, config, deps),
}
