import fc from 'fast-check'
import type {
  AnyValue,
  Exemplar,
  InstrumentationScope,
  KeyValue,
  LogRecord,
  LogsRequest,
  Metric,
  MetricsRequest,
  NumberDataPoint,
  Resource,
  Span,
  TracesRequest,
} from './proto.ts'

/** Random requests as plain objects: every field of every message, each of them there or not. */

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom('', 'service.name', '"\\\n\u0000', '\u{1f600}'),
)
const edges = [0n, 1n, 127n, 128n, (1n << 32n) - 1n, 1n << 32n, (1n << 53n) + 1n, (1n << 63n) - 1n] as const
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(...edges, 2n ** 64n - 1n),
)
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(...edges, -1n, -(2n ** 63n)),
)
const uint32 = fc.nat({ max: 2 ** 32 - 1 })
const int32 = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 5 }))
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1e21, 2 ** 63, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const id = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 6, arbitrary: bytes(length) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  )

/** Each field there or not. */
function some<Fields extends object>(
  model: {
    [Name in keyof Fields]-?: fc.Arbitrary<NonNullable<Fields[Name]>>
  },
): fc.Arbitrary<Fields> {
  return fc.record(model as { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }, {
    requiredKeys: [],
  }) as fc.Arbitrary<Fields>
}

const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    text.map((stringValue): AnyValue => ({ stringValue })),
    fc.boolean().map((boolValue): AnyValue => ({ boolValue })),
    int64.map((intValue): AnyValue => ({ intValue })),
    double.map((doubleValue): AnyValue => ({ doubleValue })),
    fc.uint8Array({ maxLength: 9 }).map((bytesValue): AnyValue => ({ bytesValue })),
    fc.constant<AnyValue>({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values): AnyValue => ({ arrayValue: { values } })),
    fc
      .array(some<KeyValue>({ key: text, value: tie('value') }), { maxLength: 3 })
      .map((values): AnyValue => ({ kvlistValue: { values } })),
  ),
})).value
const attributes = fc.array(some<KeyValue>({ key: text, value: anyValue }), { maxLength: 4 })
const list = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> => fc.array(item, { maxLength: 3 })

const resource = some<Resource>({ attributes, droppedAttributesCount: uint32 })
const scope = some<InstrumentationScope>({
  name: text,
  version: text,
  attributes,
  droppedAttributesCount: uint32,
})

const logRecord = some<LogRecord>({
  timeUnixNano: uint64,
  observedTimeUnixNano: uint64,
  severityNumber: fc.oneof(int32, fc.nat({ max: 24 })),
  severityText: text,
  body: anyValue,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId: id(16),
  spanId: id(8),
  eventName: text,
})

const span = some<Span>({
  traceId: id(16),
  spanId: id(8),
  traceState: text,
  parentSpanId: id(8),
  name: text,
  kind: int32,
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  attributes,
  droppedAttributesCount: uint32,
  events: list(some({ timeUnixNano: uint64, name: text, attributes, droppedAttributesCount: uint32 })),
  droppedEventsCount: uint32,
  links: list(
    some({
      traceId: id(16),
      spanId: id(8),
      traceState: text,
      attributes,
      droppedAttributesCount: uint32,
      flags: uint32,
    }),
  ),
  droppedLinksCount: uint32,
  status: some({ message: text, code: int32 }),
  flags: uint32,
})

type NumberValue = Pick<NumberDataPoint, 'asInt' | 'asDouble'>
const number: fc.Arbitrary<NumberValue> = fc.oneof(
  int64.map((asInt): NumberValue => ({ asInt })),
  double.map((asDouble): NumberValue => ({ asDouble })),
  fc.constant<NumberValue>({}),
)
const withNumber = <Rest extends object>(rest: fc.Arbitrary<Rest>): fc.Arbitrary<Rest & NumberValue> =>
  fc.tuple(rest, number).map(([fields, value]) => ({ ...fields, ...value }))

const exemplar: fc.Arbitrary<Exemplar> = withNumber(
  some({ timeUnixNano: uint64, spanId: id(8), traceId: id(16), filteredAttributes: attributes }),
)
const common = {
  startTimeUnixNano: uint64,
  timeUnixNano: uint64,
  attributes,
  flags: fc.oneof(uint32, fc.nat({ max: 1 })),
}
const exemplars = list(exemplar)
const numberPoint: fc.Arbitrary<NumberDataPoint> = withNumber(some({ ...common, exemplars }))
const distribution = { ...common, count: uint64, sum: double, min: double, max: double, exemplars }
const buckets = some({ offset: int32, bucketCounts: list(uint64) })
const dataPoints = {
  number: list(numberPoint),
  histogram: list(some({ ...distribution, bucketCounts: list(uint64), explicitBounds: list(double) })),
  exponential: list(
    some({
      ...distribution,
      scale: fc.oneof(int32, fc.integer({ min: -11, max: 21 })),
      zeroCount: uint64,
      positive: buckets,
      negative: buckets,
      zeroThreshold: double,
    }),
  ),
  summary: list(
    some({
      ...common,
      count: uint64,
      sum: double,
      quantileValues: list(some({ quantile: double, value: double })),
    }),
  ),
}

const aboutMetric = some({ name: text, description: text, unit: text, metadata: attributes })
const kind: fc.Arbitrary<Metric> = fc.oneof(
  some({ gauge: some({ dataPoints: dataPoints.number }) }),
  some({
    sum: some({ dataPoints: dataPoints.number, aggregationTemporality: int32, isMonotonic: fc.boolean() }),
  }),
  some({ histogram: some({ dataPoints: dataPoints.histogram, aggregationTemporality: int32 }) }),
  some({ exponentialHistogram: some({ dataPoints: dataPoints.exponential, aggregationTemporality: int32 }) }),
  some({ summary: some({ dataPoints: dataPoints.summary }) }),
) as fc.Arbitrary<Metric>
export const metric: fc.Arbitrary<Metric> = fc
  .tuple(aboutMetric, kind)
  .map(([fields, one]) => ({ ...fields, ...one }))

export const logsRequest: fc.Arbitrary<LogsRequest> = some<LogsRequest>({
  resourceLogs: list(
    some({
      resource,
      schemaUrl: text,
      scopeLogs: list(some({ scope, schemaUrl: text, logRecords: list(logRecord) })),
    }),
  ),
})
export const tracesRequest: fc.Arbitrary<TracesRequest> = some<TracesRequest>({
  resourceSpans: list(
    some({
      resource,
      schemaUrl: text,
      scopeSpans: list(some({ scope, schemaUrl: text, spans: list(span) })),
    }),
  ),
})
export const metricsRequest: fc.Arbitrary<MetricsRequest> = some<MetricsRequest>({
  resourceMetrics: list(
    some({
      resource,
      schemaUrl: text,
      scopeMetrics: list(some({ scope, schemaUrl: text, metrics: list(metric) })),
    }),
  ),
})
