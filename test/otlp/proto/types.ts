/** The messages of tables.ts as plain objects: what tests write down, and what protobufjs reads. Every field may be absent. */

/** 64-bit integers: a decimal string or bigint wherever a number would lose digits. */
export type Long = number | string | bigint

/** A plain AnyValue: exactly one member, or none for the empty value. */
export type AnyValue = {
  stringValue?: string
  boolValue?: boolean
  intValue?: Long
  doubleValue?: number
  arrayValue?: { values?: AnyValue[] }
  kvlistValue?: { values?: KeyValue[] }
  bytesValue?: Uint8Array
}
export type KeyValue = { key?: string; value?: AnyValue }
export type InstrumentationScope = {
  name?: string
  version?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
}
export type Resource = { attributes?: KeyValue[]; droppedAttributesCount?: number }

export type LogRecord = {
  timeUnixNano?: Long
  observedTimeUnixNano?: Long
  severityNumber?: number
  severityText?: string
  body?: AnyValue
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  flags?: number
  traceId?: Uint8Array
  spanId?: Uint8Array
  eventName?: string
}
export type ScopeLogs = { scope?: InstrumentationScope; logRecords?: LogRecord[]; schemaUrl?: string }
export type ResourceLogs = { resource?: Resource; scopeLogs?: ScopeLogs[]; schemaUrl?: string }
export type LogsRequest = { resourceLogs?: ResourceLogs[] }

export type SpanEvent = {
  timeUnixNano?: Long
  name?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
}
export type SpanLink = {
  traceId?: Uint8Array
  spanId?: Uint8Array
  traceState?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  flags?: number
}
export type SpanStatus = { message?: string; code?: number }
export type Span = {
  traceId?: Uint8Array
  spanId?: Uint8Array
  traceState?: string
  parentSpanId?: Uint8Array
  name?: string
  kind?: number
  startTimeUnixNano?: Long
  endTimeUnixNano?: Long
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  events?: SpanEvent[]
  droppedEventsCount?: number
  links?: SpanLink[]
  droppedLinksCount?: number
  status?: SpanStatus
  flags?: number
}
export type ScopeSpans = { scope?: InstrumentationScope; spans?: Span[]; schemaUrl?: string }
export type ResourceSpans = { resource?: Resource; scopeSpans?: ScopeSpans[]; schemaUrl?: string }
export type TracesRequest = { resourceSpans?: ResourceSpans[] }

/** At most one of `asDouble` and `asInt`, as in data points. */
export type Exemplar = {
  timeUnixNano?: Long
  asDouble?: number
  asInt?: Long
  spanId?: Uint8Array
  traceId?: Uint8Array
  filteredAttributes?: KeyValue[]
}
type PointCommon = { startTimeUnixNano?: Long; timeUnixNano?: Long; attributes?: KeyValue[]; flags?: number }
export type NumberDataPoint = PointCommon & { asDouble?: number; asInt?: Long; exemplars?: Exemplar[] }
export type HistogramDataPoint = PointCommon & {
  count?: Long
  sum?: number
  bucketCounts?: Long[]
  explicitBounds?: number[]
  exemplars?: Exemplar[]
  min?: number
  max?: number
}
export type Buckets = { offset?: number; bucketCounts?: Long[] }
export type ExponentialHistogramDataPoint = PointCommon & {
  count?: Long
  sum?: number
  scale?: number
  zeroCount?: Long
  positive?: Buckets
  negative?: Buckets
  exemplars?: Exemplar[]
  min?: number
  max?: number
  zeroThreshold?: number
}
export type ValueAtQuantile = { quantile?: number; value?: number }
export type SummaryDataPoint = PointCommon & {
  count?: Long
  sum?: number
  quantileValues?: ValueAtQuantile[]
}

/** 0 unspecified, 1 delta, 2 cumulative. */
type Aggregated<Point> = { dataPoints?: Point[]; aggregationTemporality?: number }
export type Gauge = { dataPoints?: NumberDataPoint[] }
export type Sum = Aggregated<NumberDataPoint> & { isMonotonic?: boolean }
export type Histogram = Aggregated<HistogramDataPoint>
export type ExponentialHistogram = Aggregated<ExponentialHistogramDataPoint>
export type Summary = { dataPoints?: SummaryDataPoint[] }
/** At most one of the five kinds. */
export type Metric = {
  name?: string
  description?: string
  unit?: string
  gauge?: Gauge
  sum?: Sum
  histogram?: Histogram
  exponentialHistogram?: ExponentialHistogram
  summary?: Summary
  metadata?: KeyValue[]
}
export type ScopeMetrics = { scope?: InstrumentationScope; metrics?: Metric[]; schemaUrl?: string }
export type ResourceMetrics = { resource?: Resource; scopeMetrics?: ScopeMetrics[]; schemaUrl?: string }
export type MetricsRequest = { resourceMetrics?: ResourceMetrics[] }
