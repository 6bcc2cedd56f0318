import { EXEMPLAR, METRIC, MetricType, POINT, QUANTILE } from '../slots.ts'
import { attributes, fixed64, groups, rows, spanId, text, traceId } from './common.ts'
import { type Field, FieldKind, Level, Message } from './message.ts'
import { checkExponentialHistogram, checkHistogram, checkNumber, checkSummary } from './points.ts'

/** opentelemetry/proto/metrics/v1/metrics.proto and collector/metrics/v1/metrics_service.proto. */

const TEMPORALITIES: ReadonlyMap<string, number> = new Map([
  ['AGGREGATION_TEMPORALITY_UNSPECIFIED', 0],
  ['AGGREGATION_TEMPORALITY_DELTA', 1],
  ['AGGREGATION_TEMPORALITY_CUMULATIVE', 2],
])

/** Fields that stand under other numbers in each kind of point: the kind says where. */
const field =
  (kind: FieldKind) =>
  (number: number, name: string, slot: number): Field => ({ number, name, kind, slot })
const double = field(FieldKind.double)
const optionalDouble = field(FieldKind.optionalDouble)
const sint32 = field(FieldKind.sint32)
const flags = (number: number): Field => ({
  number,
  name: 'flags',
  kind: FieldKind.varint32,
  slot: POINT.flags,
})

const EXEMPLAR_MESSAGE = new Message('Exemplar', Level.exemplar, [
  fixed64(2, 'time_unix_nano', EXEMPLAR.timeLow),
  field(FieldKind.numberDouble)(3, 'as_double', EXEMPLAR.valueKind),
  spanId(4, EXEMPLAR.spanIdStart),
  traceId(5, EXEMPLAR.traceIdStart),
  field(FieldKind.numberInt)(6, 'as_int', EXEMPLAR.valueKind),
  attributes(7, EXEMPLAR.attributesFirst, 'filtered_attributes'),
])

const exemplars = (number: number): Field => rows(number, 'exemplars', EXEMPLAR_MESSAGE, POINT.exemplarsFirst)
const times: ReadonlyArray<Field> = [
  fixed64(2, 'start_time_unix_nano', POINT.startTimeLow),
  fixed64(3, 'time_unix_nano', POINT.timeLow),
]

const NUMBER_DATA_POINT = new Message(
  'NumberDataPoint',
  Level.record,
  [
    ...times,
    field(FieldKind.numberDouble)(4, 'as_double', POINT.valueKind),
    exemplars(5),
    field(FieldKind.numberInt)(6, 'as_int', POINT.valueKind),
    attributes(7, POINT.attributesFirst),
    flags(8),
  ],
  checkNumber,
)

const HISTOGRAM_DATA_POINT = new Message(
  'HistogramDataPoint',
  Level.record,
  [
    ...times,
    fixed64(4, 'count', POINT.countLow),
    optionalDouble(5, 'sum', POINT.sumLow),
    {
      number: 6,
      name: 'bucket_counts',
      kind: FieldKind.packedFixed64,
      slot: POINT.countsFirst,
      array: 0,
    },
    { number: 7, name: 'explicit_bounds', kind: FieldKind.packedDouble, slot: POINT.boundsFirst, array: 1 },
    exemplars(8),
    attributes(9, POINT.attributesFirst),
    flags(10),
    optionalDouble(11, 'min', POINT.minLow),
    optionalDouble(12, 'max', POINT.maxLow),
  ],
  checkHistogram,
)

/** Writes into its point: the slots of the two sides differ. */
function buckets(offsetSlot: number, countsSlot: number, array: 0 | 1): Message {
  return new Message('Buckets', Level.none, [
    sint32(1, 'offset', offsetSlot),
    { number: 2, name: 'bucket_counts', kind: FieldKind.packedVarint, slot: countsSlot, array },
  ])
}

const POSITIVE = buckets(POINT.positiveOffset, POINT.countsFirst, 0)
const NEGATIVE = buckets(POINT.negativeOffset, POINT.boundsFirst, 1)

const EXPONENTIAL_HISTOGRAM_DATA_POINT = new Message(
  'ExponentialHistogramDataPoint',
  Level.record,
  [
    attributes(1, POINT.attributesFirst),
    ...times,
    fixed64(4, 'count', POINT.countLow),
    optionalDouble(5, 'sum', POINT.sumLow),
    sint32(6, 'scale', POINT.scale),
    fixed64(7, 'zero_count', POINT.zeroCountLow),
    { number: 8, name: 'positive', kind: FieldKind.message, slot: 0, message: POSITIVE },
    { number: 9, name: 'negative', kind: FieldKind.message, slot: 0, message: NEGATIVE },
    flags(10),
    exemplars(11),
    optionalDouble(12, 'min', POINT.minLow),
    optionalDouble(13, 'max', POINT.maxLow),
    double(14, 'zero_threshold', POINT.zeroThresholdLow),
  ],
  checkExponentialHistogram,
)

const VALUE_AT_QUANTILE = new Message('ValueAtQuantile', Level.quantile, [
  double(1, 'quantile', QUANTILE.quantileLow),
  double(2, 'value', QUANTILE.valueLow),
])

const SUMMARY_DATA_POINT = new Message(
  'SummaryDataPoint',
  Level.record,
  [
    ...times,
    fixed64(4, 'count', POINT.countLow),
    double(5, 'sum', POINT.sumLow),
    rows(6, 'quantile_values', VALUE_AT_QUANTILE, POINT.quantilesFirst),
    attributes(7, POINT.attributesFirst),
    flags(8),
  ],
  checkSummary,
)

const temporality: Field = {
  number: 2,
  name: 'aggregation_temporality',
  kind: FieldKind.varint32,
  slot: METRIC.temporality,
  names: TEMPORALITIES,
}
const isMonotonic = field(FieldKind.flag)(3, 'is_monotonic', METRIC.isMonotonic)

/** The kinds of metric: messages of the oneof `data` that hold the points and write into the metric. */
function data(name: string, point: Message, ...fields: ReadonlyArray<Field>): Message {
  return new Message(name, Level.none, [rows(1, 'data_points', point), ...fields])
}

function choice(number: MetricType, name: string, message: Message): Field {
  return { number, name, kind: FieldKind.choice, slot: METRIC.type, message }
}

const METRIC_MESSAGE = new Message('Metric', Level.metric, [
  text(1, 'name', METRIC.nameStart),
  text(2, 'description', METRIC.descriptionStart),
  text(3, 'unit', METRIC.unitStart),
  choice(MetricType.gauge, 'gauge', data('Gauge', NUMBER_DATA_POINT)),
  choice(MetricType.sum, 'sum', data('Sum', NUMBER_DATA_POINT, temporality, isMonotonic)),
  choice(MetricType.histogram, 'histogram', data('Histogram', HISTOGRAM_DATA_POINT, temporality)),
  choice(
    MetricType.exponentialHistogram,
    'exponential_histogram',
    data('ExponentialHistogram', EXPONENTIAL_HISTOGRAM_DATA_POINT, temporality),
  ),
  choice(MetricType.summary, 'summary', data('Summary', SUMMARY_DATA_POINT)),
  attributes(12, METRIC.metadataFirst, 'metadata'),
])

const { resource } = groups({ plural: 'Metrics', rows: 'metrics' }, METRIC_MESSAGE)

export const EXPORT_METRICS_SERVICE_REQUEST = new Message('ExportMetricsServiceRequest', Level.none, [
  rows(1, 'resource_metrics', resource),
])
