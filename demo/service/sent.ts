import { SpanKind } from '@opentelemetry/api'
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

/** What the shop handed to its exporters: the demo compares it with what the gateway says. */
export type Sent = {
  /** Log records by severity text. */
  readonly logs: Readonly<Record<string, number>>
  /** Spans by kind: server, client, internal. */
  readonly spans: Readonly<Record<string, number>>
  /** Data points by metric: a series has one in every export. */
  readonly points: Readonly<Record<string, number>>
  /** Different series by metric. */
  readonly series: Readonly<Record<string, number>>
}

const logs = new Map<string, number>()
const spans = new Map<string, number>()
const points = new Map<string, number>()
const series = new Map<string, Set<string>>()

function add(counts: Map<string, number>, key: string, n = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}

/** What was counted so far. */
export function sent(): Sent {
  return {
    logs: Object.fromEntries(logs),
    spans: Object.fromEntries(spans),
    points: Object.fromEntries(points),
    series: Object.fromEntries([...series].map(([metric, labels]) => [metric, labels.size])),
  }
}

export const countLogs: LogRecordProcessor = {
  onEmit: ({ severityText = '' }: ReadWriteLogRecord) => add(logs, severityText),
  forceFlush: async () => {},
  shutdown: async () => {},
}

export const countSpans: SpanProcessor = {
  onStart() {},
  onEnd: ({ kind }: ReadableSpan) => add(spans, SpanKind[kind].toLowerCase()),
  forceFlush: async () => {},
  shutdown: async () => {},
}

/** Counts one export of metrics. */
export function countPoints({ scopeMetrics }: ResourceMetrics): void {
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    add(points, descriptor.name, dataPoints.length)
    const known = series.get(descriptor.name) ?? new Set()
    series.set(descriptor.name, known)
    for (const { attributes } of dataPoints) known.add(JSON.stringify(attributes))
  }
}
