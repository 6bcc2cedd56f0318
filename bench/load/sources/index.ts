import type { Signal } from '../../../src/otlp/batch.ts'
import { logSource } from './logs.ts'
import { metricSource } from './metrics.ts'
import { spanSource } from './spans.ts'
import type { Source } from './template.ts'

/** Requests of a signal: one line each. */
const SOURCES: Readonly<Record<Signal, (records: number) => Source>> = {
  logs: logSource,
  traces: spanSource,
  metrics: metricSource,
}

export function sourceOf(signal: Signal, records: number): Source {
  return SOURCES[signal](records)
}
