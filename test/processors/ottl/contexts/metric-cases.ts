import type { Expected } from '../cases.ts'

/** A condition, and what the documentation says of it for points of these metrics of metric-sample.ts. */
type ByType = {
  readonly gauge: Expected
  readonly sum: Expected
  readonly histogram: Expected
  readonly exponential: Expected
  readonly summary: Expected
}
export const POINTS: Readonly<Record<keyof ByType, number>> = {
  gauge: 0,
  sum: 1,
  histogram: 3,
  exponential: 4,
  summary: 5,
}

/** Says what is true of these and false of the others. */
function of(...types: ReadonlyArray<keyof ByType>): ByType {
  const is = (type: keyof ByType): boolean => types.includes(type)
  return {
    gauge: is('gauge'),
    sum: is('sum'),
    histogram: is('histogram'),
    exponential: is('exponential'),
    summary: is('summary'),
  }
}
const ALL = of('gauge', 'sum', 'histogram', 'exponential', 'summary')

type Table = ReadonlyArray<readonly [condition: string, expected: ByType]>

/** The context ottlmetric, and the functions that the collector's filter adds to it. */
export const METRIC_CASES: Table = [
  ['name == "queue.length"', of('gauge')],
  ['metric.name == "http.requests"', of('sum')],
  ['IsMatch(name, "^http\\\\.")', of('sum', 'histogram')],
  ['description == "Requests served"', of('sum')],
  ['unit == "s"', of('histogram')],
  ['metric.unit == ""', of('exponential', 'summary')],
  ['type == METRIC_DATA_TYPE_GAUGE', of('gauge')],
  ['type == METRIC_DATA_TYPE_SUM', of('sum')],
  ['type == METRIC_DATA_TYPE_HISTOGRAM', of('histogram')],
  ['metric.type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM', of('exponential')],
  ['metric.type == METRIC_DATA_TYPE_SUMMARY', of('summary')],
  ['type == METRIC_DATA_TYPE_NONE', of()],
  ['type >= 1 and type <= 5', ALL],
  ['type == 3', of('histogram')],
  ['aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE', of('sum')],
  ['aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA', of('histogram', 'exponential')],
  ['aggregation_temporality == nil', of('gauge', 'summary')],
  ['aggregation_temporality == AGGREGATION_TEMPORALITY_UNSPECIFIED', of()],
  ['is_monotonic == true', of('sum')],
  ['metric.is_monotonic == nil', of('gauge', 'histogram', 'exponential', 'summary')],
  ['metadata["prometheus.type"] == "counter"', of('sum')],
  ['Len(metric.metadata) == 0', of('gauge', 'histogram', 'exponential', 'summary')],
  [
    'metadata["prometheus.type"]["x"] == nil',
    { ...of('gauge', 'histogram', 'exponential', 'summary'), sum: 'error' },
  ],
  ['resource.attributes["service.name"] == "checkout" and name == "rpc.latency"', of('summary')],
  ['scope.name == "com.example.gateway"', ALL],
  ['HasAttrKeyOnDatapoint("method")', of('sum')],
  ['HasAttrKeyOnDatapoint("code")', of('sum')],
  ['HasAttrKeyOnDatapoint("route") or HasAttrKeyOnDatapoint("queue")', of('gauge', 'histogram')],
  ['HasAttrKeyOnDatapoint("")', of()],
  ['HasAttrOnDatapoint("method", "GET")', of('sum')],
  ['HasAttrOnDatapoint("method", "POST")', of('sum')],
  ['HasAttrOnDatapoint(key = "method", expected_val = "PUT")', of()],
  ['HasAttrOnDatapoint("code", "500")', of()],
  ['not HasAttrKeyOnDatapoint("method") and type == METRIC_DATA_TYPE_SUMMARY', of('summary')],
]

/** The context ottldatapoint; of the sum, its first point. */
export const POINT_CASES: Table = [
  ['attributes["method"] == "GET"', of('sum')],
  ['datapoint.attributes["route"] == "/pay"', of('histogram')],
  ['attributes == {}', of('exponential', 'summary')],
  ['start_time_unix_nano == 1700000000000000000', ALL],
  ['datapoint.time_unix_nano == 1700000060123456789', ALL],
  ['start_time < time', ALL],
  ['flags == FLAG_NO_RECORDED_VALUE', of('gauge')],
  ['datapoint.flags == FLAG_NONE', of('sum', 'histogram', 'exponential', 'summary')],
  ['value_double == 2.5', of('gauge')],
  ['datapoint.value_double > 2', of('gauge')],
  // Of a point that holds an int, as pdata gives it.
  ['value_double == 0.0', of('sum')],
  ['value_int == 9007199254740993', of('sum')],
  ['value_int == 9007199254740992', of()],
  ['datapoint.value_int == 0', of('gauge')],
  ['value_double == nil and value_int == nil', of('histogram', 'exponential', 'summary')],
  ['count == 6', of('histogram')],
  ['count >= 3', of('histogram', 'exponential', 'summary')],
  ['datapoint.count == nil', of('gauge', 'sum')],
  ['sum == 12.5', of('histogram')],
  ['sum == 0.0', of('exponential')],
  ['datapoint.sum < 2', of('exponential', 'summary')],
  ['bucket_counts == [1, 2, 3]', of('histogram')],
  ['bucket_counts == nil', of('gauge', 'sum', 'exponential', 'summary')],
  ['datapoint.explicit_bounds == [0.5, 5.0]', of('histogram')],
  ['explicit_bounds != nil and Len(explicit_bounds) == 2', of('histogram')],
  ['IsList(bucket_counts)', of('histogram')],
  ['IsMatch(bucket_counts, "^\\\\[1,2,3\\\\]$")', of('histogram')],
  ['scale == -3', of('exponential')],
  ['datapoint.zero_count == 4', of('exponential')],
  ['positive.offset == -2', of('exponential')],
  ['datapoint.positive.bucket_counts == [1, 2]', of('exponential')],
  ['negative.offset > 0', of('exponential')],
  ['datapoint.negative.bucket_counts == [3]', of('exponential')],
  [
    'scale == nil and positive.offset == nil and negative.bucket_counts == nil',
    of('gauge', 'sum', 'histogram', 'summary'),
  ],
  ['exemplars != nil and Len(exemplars) == 1', of('sum')],
  ['exemplars != nil and Len(datapoint.exemplars) == 2', of('exponential')],
  ['exemplars == nil', of('summary')],
  [
    'Len(quantile_values) == 1',
    { gauge: 'error', sum: 'error', histogram: 'error', exponential: 'error', summary: true },
  ],
  ['exemplars == exemplars', of('summary')],
  [
    'IsMatch(exemplars, "")',
    { ...of(), gauge: 'error', sum: 'error', histogram: 'error', exponential: 'error' },
  ],
  ['metric.name == "http.requests"', of('sum')],
  ['metric.type == METRIC_DATA_TYPE_SUMMARY', of('summary')],
  ['metric.type == METRIC_DATA_TYPE_SUM and metric.is_monotonic == true', of('sum')],
  ['metric.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA', of('histogram', 'exponential')],
  ['metric.metadata["prometheus.type"] == "counter" and datapoint.value_int > 0', of('sum')],
  ['resource.attributes["host.name"] == "pod-7" and metric.unit == "s"', of('histogram')],
  ['instrumentation_scope.attributes["lib"] == "http"', ALL],
]
