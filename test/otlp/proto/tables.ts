/**
 * OTLP's messages as written in opentelemetry-proto 1.x (logs/v1, trace/v1, metrics/v1, common/v1, resource/v1 and
 * their collector services) and google.rpc (status.proto, error_details.proto): names, numbers and types. Enums are the
 * int32 that they are on the wire. Messages that stand inside another there have its name before their own.
 */
export type MessageTable = Readonly<Record<string, Readonly<Record<string, string>>>>

const COMMON: MessageTable = {
  Resource: { attributes: '1 repeated KeyValue', droppedAttributesCount: '2 uint32' },
  InstrumentationScope: {
    name: '1 string',
    version: '2 string',
    attributes: '3 repeated KeyValue',
    droppedAttributesCount: '4 uint32',
  },
  KeyValue: { key: '1 string', value: '2 AnyValue' },
  AnyValue: {
    stringValue: '1 oneof string',
    boolValue: '2 oneof bool',
    intValue: '3 oneof int64',
    doubleValue: '4 oneof double',
    arrayValue: '5 oneof ArrayValue',
    kvlistValue: '6 oneof KeyValueList',
    bytesValue: '7 oneof bytes',
  },
  ArrayValue: { values: '1 repeated AnyValue' },
  KeyValueList: { values: '1 repeated KeyValue' },
}

const LOGS: MessageTable = {
  ExportLogsServiceRequest: { resourceLogs: '1 repeated ResourceLogs' },
  ResourceLogs: { resource: '1 Resource', scopeLogs: '2 repeated ScopeLogs', schemaUrl: '3 string' },
  ScopeLogs: { scope: '1 InstrumentationScope', logRecords: '2 repeated LogRecord', schemaUrl: '3 string' },
  LogRecord: {
    timeUnixNano: '1 fixed64',
    severityNumber: '2 int32',
    severityText: '3 string',
    body: '5 AnyValue',
    attributes: '6 repeated KeyValue',
    droppedAttributesCount: '7 uint32',
    flags: '8 fixed32',
    traceId: '9 bytes',
    spanId: '10 bytes',
    observedTimeUnixNano: '11 fixed64',
    eventName: '12 string',
  },
  ExportLogsServiceResponse: { partialSuccess: '1 ExportLogsPartialSuccess' },
  ExportLogsPartialSuccess: { rejectedLogRecords: '1 int64', errorMessage: '2 string' },
}

const TRACES: MessageTable = {
  ExportTraceServiceRequest: { resourceSpans: '1 repeated ResourceSpans' },
  ResourceSpans: { resource: '1 Resource', scopeSpans: '2 repeated ScopeSpans', schemaUrl: '3 string' },
  ScopeSpans: { scope: '1 InstrumentationScope', spans: '2 repeated Span', schemaUrl: '3 string' },
  Span: {
    traceId: '1 bytes',
    spanId: '2 bytes',
    traceState: '3 string',
    parentSpanId: '4 bytes',
    name: '5 string',
    kind: '6 int32',
    startTimeUnixNano: '7 fixed64',
    endTimeUnixNano: '8 fixed64',
    attributes: '9 repeated KeyValue',
    droppedAttributesCount: '10 uint32',
    events: '11 repeated SpanEvent',
    droppedEventsCount: '12 uint32',
    links: '13 repeated SpanLink',
    droppedLinksCount: '14 uint32',
    status: '15 SpanStatus',
    flags: '16 fixed32',
  },
  SpanEvent: {
    timeUnixNano: '1 fixed64',
    name: '2 string',
    attributes: '3 repeated KeyValue',
    droppedAttributesCount: '4 uint32',
  },
  SpanLink: {
    traceId: '1 bytes',
    spanId: '2 bytes',
    traceState: '3 string',
    attributes: '4 repeated KeyValue',
    droppedAttributesCount: '5 uint32',
    flags: '6 fixed32',
  },
  SpanStatus: { message: '2 string', code: '3 int32' },
  ExportTraceServiceResponse: { partialSuccess: '1 ExportTracePartialSuccess' },
  ExportTracePartialSuccess: { rejectedSpans: '1 int64', errorMessage: '2 string' },
}

const METRICS: MessageTable = {
  ExportMetricsServiceRequest: { resourceMetrics: '1 repeated ResourceMetrics' },
  ResourceMetrics: { resource: '1 Resource', scopeMetrics: '2 repeated ScopeMetrics', schemaUrl: '3 string' },
  ScopeMetrics: { scope: '1 InstrumentationScope', metrics: '2 repeated Metric', schemaUrl: '3 string' },
  Metric: {
    name: '1 string',
    description: '2 string',
    unit: '3 string',
    gauge: '5 oneof Gauge',
    sum: '7 oneof Sum',
    histogram: '9 oneof Histogram',
    exponentialHistogram: '10 oneof ExponentialHistogram',
    summary: '11 oneof Summary',
    metadata: '12 repeated KeyValue',
  },
  Gauge: { dataPoints: '1 repeated NumberDataPoint' },
  Sum: { dataPoints: '1 repeated NumberDataPoint', aggregationTemporality: '2 int32', isMonotonic: '3 bool' },
  Histogram: { dataPoints: '1 repeated HistogramDataPoint', aggregationTemporality: '2 int32' },
  ExponentialHistogram: {
    dataPoints: '1 repeated ExponentialHistogramDataPoint',
    aggregationTemporality: '2 int32',
  },
  Summary: { dataPoints: '1 repeated SummaryDataPoint' },
  NumberDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    asDouble: '4 oneof double',
    exemplars: '5 repeated Exemplar',
    asInt: '6 oneof sfixed64',
    attributes: '7 repeated KeyValue',
    flags: '8 uint32',
  },
  HistogramDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 optional double',
    bucketCounts: '6 packed fixed64',
    explicitBounds: '7 packed double',
    exemplars: '8 repeated Exemplar',
    attributes: '9 repeated KeyValue',
    flags: '10 uint32',
    min: '11 optional double',
    max: '12 optional double',
  },
  ExponentialHistogramDataPoint: {
    attributes: '1 repeated KeyValue',
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 optional double',
    scale: '6 sint32',
    zeroCount: '7 fixed64',
    positive: '8 Buckets',
    negative: '9 Buckets',
    flags: '10 uint32',
    exemplars: '11 repeated Exemplar',
    min: '12 optional double',
    max: '13 optional double',
    zeroThreshold: '14 double',
  },
  Buckets: { offset: '1 sint32', bucketCounts: '2 packed uint64' },
  SummaryDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 double',
    quantileValues: '6 repeated ValueAtQuantile',
    attributes: '7 repeated KeyValue',
    flags: '8 uint32',
  },
  ValueAtQuantile: { quantile: '1 double', value: '2 double' },
  Exemplar: {
    timeUnixNano: '2 fixed64',
    asDouble: '3 oneof double',
    spanId: '4 bytes',
    traceId: '5 bytes',
    asInt: '6 oneof sfixed64',
    filteredAttributes: '7 repeated KeyValue',
  },
  ExportMetricsServiceResponse: { partialSuccess: '1 ExportMetricsPartialSuccess' },
  ExportMetricsPartialSuccess: { rejectedDataPoints: '1 int64', errorMessage: '2 string' },
}

const GOOGLE_RPC: MessageTable = {
  Status: { code: '1 int32', message: '2 string', details: '3 repeated Any' },
  Any: { typeUrl: '1 string', value: '2 bytes' },
  RetryInfo: { retryDelay: '1 Duration' },
  Duration: { seconds: '1 int64', nanos: '2 int32' },
}

export const MESSAGES: MessageTable = { ...COMMON, ...LOGS, ...TRACES, ...METRICS, ...GOOGLE_RPC }
