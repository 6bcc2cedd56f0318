import type {
  Exemplar,
  HistogramDataPoint,
  Long,
  Metric,
  MetricsRequest,
  NumberDataPoint,
} from '../../../test/otlp/proto.ts'
import {
  hex,
  type JsonRow,
  mapOf,
  type ResourceColumns,
  resourceColumns,
  type ScopeColumns,
  scopeColumns,
} from './common.ts'

/** Hands every data point over as a row with the columns of the exporter's `otel_metrics_gauge`, `_sum`, `_histogram`. */
export function eachPoint(request: MetricsRequest, take: (row: JsonRow) => void): void {
  for (const resourceMetrics of request.resourceMetrics ?? []) {
    const resource = resourceColumns(resourceMetrics)
    for (const scopeMetrics of resourceMetrics.scopeMetrics ?? []) {
      const scope = scopeColumns(scopeMetrics)
      for (const metric of scopeMetrics.metrics ?? []) eachOf(metric, resource, scope, take)
    }
  }
}

function eachOf(
  metric: Metric,
  resource: ResourceColumns,
  scope: ScopeColumns,
  take: (row: JsonRow) => void,
): void {
  const common = (point: NumberDataPoint | HistogramDataPoint): JsonRow => ({
    ResourceAttributes: resource.ResourceAttributes,
    ResourceSchemaUrl: resource.ResourceSchemaUrl,
    ScopeName: scope.ScopeName,
    ScopeVersion: scope.ScopeVersion,
    ScopeAttributes: scope.ScopeAttributes,
    ScopeDroppedAttrCount: 0,
    ScopeSchemaUrl: scope.ScopeSchemaUrl,
    ServiceName: resource.ServiceName,
    MetricName: metric.name,
    MetricDescription: metric.description,
    MetricUnit: metric.unit,
    Attributes: mapOf(point.attributes),
    StartTimeUnix: seconds(point.startTimeUnixNano),
    TimeUnix: seconds(point.timeUnixNano),
    Flags: point.flags ?? 0,
    ...exemplarColumns(point.exemplars ?? []),
  })
  for (const point of metric.gauge?.dataPoints ?? []) take({ ...common(point), Value: numberOf(point) })
  const { sum, histogram } = metric
  for (const point of sum?.dataPoints ?? [])
    take({
      ...common(point),
      Value: numberOf(point),
      AggregationTemporality: sum!.aggregationTemporality,
      IsMonotonic: sum!.isMonotonic,
    })
  for (const point of histogram?.dataPoints ?? [])
    take({
      ...common(point),
      Count: String(point.count),
      Sum: point.sum,
      BucketCounts: (point.bucketCounts ?? []).map(String),
      ExplicitBounds: point.explicitBounds,
      Min: point.min ?? 0,
      Max: point.max ?? 0,
      AggregationTemporality: histogram!.aggregationTemporality,
    })
}

function numberOf({ asDouble, asInt }: { asDouble?: number; asInt?: Long }): number {
  return asInt == null ? (asDouble ?? 0) : Number(asInt)
}

/** The exporter's tables keep seconds. */
function seconds(value: Long | undefined): number {
  return Math.floor(Number(value ?? 0) / 1e9)
}

function exemplarColumns(exemplars: ReadonlyArray<Exemplar>): JsonRow {
  return {
    'Exemplars.FilteredAttributes': exemplars.map(({ filteredAttributes }) => mapOf(filteredAttributes)),
    'Exemplars.TimeUnix': exemplars.map(({ timeUnixNano }) => seconds(timeUnixNano)),
    'Exemplars.Value': exemplars.map(numberOf),
    'Exemplars.SpanId': exemplars.map(({ spanId }) => hex(spanId)),
    'Exemplars.TraceId': exemplars.map(({ traceId }) => hex(traceId)),
  }
}
