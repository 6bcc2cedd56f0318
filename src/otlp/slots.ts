/**
 * Where each field stands in the rows of a batch's tables. Ranges are byte offsets into `batch.bytes`, the end
 * exclusive; an absent string is the empty range (0, 0). 64-bit numbers are two slots, low word first, as on
 * the wire. `…Start` of an id is its first byte; its length slot says 0 when the id is absent.
 */

/** One attribute (KeyValue). The value's slots depend on its kind: see {@link ValueKind}. */
export const ATTRIBUTE = { keyStart: 0, keyEnd: 1, kind: 2, valueStart: 3, valueEnd: 4, stride: 5 } as const

/**
 * The kinds of AnyValue. `valueStart`/`valueEnd` are: string, bytes: the content; int: the varint's bytes;
 * double: its 8 bytes; array, kvlist: the bytes of the ArrayValue / KeyValueList message; bool: valueStart is
 * 0 or 1; empty: nothing. `letter` is what the `…AttributeTypes` columns keep.
 */
export const ValueKind = {
  empty: 0,
  string: 1,
  bool: 2,
  int: 3,
  double: 4,
  array: 5,
  kvlist: 6,
  bytes: 7,
} as const
export type ValueKind = (typeof ValueKind)[keyof typeof ValueKind]
/** Indexed by kind. `-` is a value that was set to nothing. */
export const KIND_LETTERS = '-sbidakB'

/** One ResourceLogs / ResourceSpans / ResourceMetrics. */
export const RESOURCE = {
  attributesFirst: 0,
  attributesCount: 1,
  droppedAttributesCount: 2,
  schemaUrlStart: 3,
  schemaUrlEnd: 4,
  /** Index into `batch.tenants`. Set by the tenancy step; 0 until then. */
  tenant: 5,
  stride: 6,
} as const

/** One ScopeLogs / ScopeSpans / ScopeMetrics. */
export const SCOPE = {
  nameStart: 0,
  nameEnd: 1,
  versionStart: 2,
  versionEnd: 3,
  attributesFirst: 4,
  attributesCount: 5,
  droppedAttributesCount: 6,
  schemaUrlStart: 7,
  schemaUrlEnd: 8,
  stride: 9,
} as const

/** What the records of every signal start with, so that shared code (ledger, tenancy, clocks) needs no signal. */
export const RECORD = {
  resource: 0,
  scope: 1,
  /** Bytes of the record's own message on the wire. */
  wireBytes: 2,
  attributesFirst: 3,
  attributesCount: 4,
  /** Fixed64, nanoseconds since the epoch: LogRecord.time_unix_nano, Span.start_time_unix_nano, …. */
  timeLow: 5,
  timeHigh: 6,
} as const

/** LogRecord (opentelemetry/proto/logs/v1/logs.proto). */
export const LOG = {
  ...RECORD,
  observedTimeLow: 7,
  observedTimeHigh: 8,
  severityNumber: 9,
  severityTextStart: 10,
  severityTextEnd: 11,
  bodyKind: 12,
  bodyStart: 13,
  bodyEnd: 14,
  droppedAttributesCount: 15,
  flags: 16,
  traceIdStart: 17,
  traceIdLength: 18,
  spanIdStart: 19,
  spanIdLength: 20,
  eventNameStart: 21,
  eventNameEnd: 22,
  /** Not on the wire: the stamp of the container runtime, set by the store's clock rules. */
  sourceTimeLow: 23,
  sourceTimeHigh: 24,
  stride: 25,
} as const

/** Span (opentelemetry/proto/trace/v1/trace.proto). Its time is start_time_unix_nano. */
export const SPAN = {
  ...RECORD,
  endTimeLow: 7,
  endTimeHigh: 8,
  traceIdStart: 9,
  traceIdLength: 10,
  spanIdStart: 11,
  spanIdLength: 12,
  parentSpanIdStart: 13,
  parentSpanIdLength: 14,
  traceStateStart: 15,
  traceStateEnd: 16,
  nameStart: 17,
  nameEnd: 18,
  kind: 19,
  statusCode: 20,
  statusMessageStart: 21,
  statusMessageEnd: 22,
  droppedAttributesCount: 23,
  droppedEventsCount: 24,
  droppedLinksCount: 25,
  flags: 26,
  /** Rows of `batch.events` and `batch.links`. */
  eventsFirst: 27,
  eventsCount: 28,
  linksFirst: 29,
  linksCount: 30,
  /** Not on the wire: end less start in ns, set by the store's clock rules. */
  durationLow: 31,
  durationHigh: 32,
  stride: 33,
} as const

/** Span.Event. */
export const EVENT = {
  attributesFirst: 0,
  attributesCount: 1,
  timeLow: 2,
  timeHigh: 3,
  nameStart: 4,
  nameEnd: 5,
  droppedAttributesCount: 6,
  stride: 7,
} as const

/** Span.Link. */
export const LINK = {
  attributesFirst: 0,
  attributesCount: 1,
  traceIdStart: 2,
  traceIdLength: 3,
  spanIdStart: 4,
  spanIdLength: 5,
  traceStateStart: 6,
  traceStateEnd: 7,
  droppedAttributesCount: 8,
  flags: 9,
  stride: 10,
} as const

/** The kinds of metric: the field numbers of `Metric.data`. */
export const MetricType = {
  none: 0,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const
export type MetricType = (typeof MetricType)[keyof typeof MetricType]

/** Metric (opentelemetry/proto/metrics/v1/metrics.proto): what all its data points say once. */
export const METRIC = {
  metadataFirst: 0,
  metadataCount: 1,
  nameStart: 2,
  nameEnd: 3,
  descriptionStart: 4,
  descriptionEnd: 5,
  unitStart: 6,
  unitEnd: 7,
  /** A {@link MetricType}. */
  type: 8,
  temporality: 9,
  isMonotonic: 10,
  stride: 11,
} as const

/** A data point of any kind of metric: what they share, then what is each kind's own. */
export const POINT = {
  ...RECORD,
  /** Index into `batch.metrics`. */
  metric: 7,
  startTimeLow: 8,
  startTimeHigh: 9,
  flags: 10,
  /** Rows of `batch.exemplars`. */
  exemplarsFirst: 11,
  exemplarsCount: 12,
  /** Not on the wire: see src/otlp/series/fingerprint.ts. */
  seriesLow: 13,
  seriesHigh: 14,
  /** NumberDataPoint: `ValueKind.int` or `double`, `empty` without a value; then its eight bytes. */
  valueKind: 15,
  valueLow: 16,
  valueHigh: 17,
  /** The three kinds that count. `sum…` is eight bytes and 1 where it is present; so are `min…` and `max…`. */
  countLow: 15,
  countHigh: 16,
  sumLow: 17,
  sumHigh: 18,
  sumPresent: 19,
  minLow: 20,
  minHigh: 21,
  minPresent: 22,
  maxLow: 23,
  maxHigh: 24,
  maxPresent: 25,
  /** HistogramDataPoint: bucket_counts. ExponentialHistogramDataPoint: positive.bucket_counts. In `batch.arrays[0]`. */
  countsFirst: 26,
  countsCount: 27,
  /** HistogramDataPoint: explicit_bounds. ExponentialHistogramDataPoint: negative.bucket_counts. In `batch.arrays[1]`. */
  boundsFirst: 28,
  boundsCount: 29,
  scale: 30,
  zeroCountLow: 31,
  zeroCountHigh: 32,
  zeroThresholdLow: 33,
  zeroThresholdHigh: 34,
  positiveOffset: 35,
  negativeOffset: 36,
  /** SummaryDataPoint: rows of `batch.quantiles`. */
  quantilesFirst: 37,
  quantilesCount: 38,
  stride: 39,
} as const

/** Bit of `POINT.flags`: DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK. */
export const NO_RECORDED_VALUE = 1

/** Exemplar. */
export const EXEMPLAR = {
  attributesFirst: 0,
  attributesCount: 1,
  timeLow: 2,
  timeHigh: 3,
  /** As those of `POINT`. */
  valueKind: 4,
  valueLow: 5,
  valueHigh: 6,
  traceIdStart: 7,
  traceIdLength: 8,
  spanIdStart: 9,
  spanIdLength: 10,
  stride: 11,
} as const

/** SummaryDataPoint.ValueAtQuantile: two doubles, as their eight bytes. */
export const QUANTILE = { quantileLow: 0, quantileHigh: 1, valueLow: 2, valueHigh: 3, stride: 4 } as const
