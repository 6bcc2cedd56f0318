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
