import type { ScanOutcomes } from '../../src/otlp/scan/index.ts'
import { type Fault, idOf, Rules, spanIdFault, traceIdFault } from './flatten.ts'
import type { DataPoint, FlatPoint, MetricKind } from './materialise.ts'
import type { Exemplar, Long, Metric, MetricsRequest } from './proto.ts'

const KINDS: ReadonlyArray<MetricKind> = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']

/** See flatten.ts. */
export function flattenPoints(
  request: MetricsRequest,
  attributesMax: number,
  outcomes: ScanOutcomes,
): FlatPoint[] {
  const rules = new Rules(attributesMax, outcomes)
  return (request.resourceMetrics ?? []).flatMap((resource) =>
    (resource.scopeMetrics ?? []).flatMap((scope) =>
      (scope.metrics ?? []).flatMap((metric) => {
        const around = [...rules.aroundFaults(resource, scope), rules.tooMany(metric.metadata)]
        return pointsOf(metric, rules, around).map((point) => ({
          ...point,
          ...rules.surroundings(resource, scope),
        }))
      }),
    ),
  )
}

function pointsOf(
  metric: Metric,
  rules: Rules,
  around: Fault[],
): Pick<FlatPoint, 'verdict' | 'metric' | 'point'>[] {
  const kind = KINDS.find((one) => metric[one] !== undefined)
  if (kind === undefined) return []
  const {
    aggregationTemporality = 0,
    isMonotonic = false,
    dataPoints = [],
  } = { ...metric[kind] } as {
    aggregationTemporality?: number
    isMonotonic?: boolean
    dataPoints?: DataPoint[]
  }
  const flat = {
    name: metric.name ?? '',
    description: metric.description ?? '',
    unit: metric.unit ?? '',
    metadata: rules.attributes(metric.metadata),
    kind,
    aggregationTemporality,
    isMonotonic,
  }
  return dataPoints.map((point) => ({
    verdict: rules.verdict(
      ...around,
      rules.tooMany(point.attributes),
      ...faultsOf(kind, point),
      ...(point.exemplars ?? []).flatMap((exemplar) => [
        // In the order of their field numbers.
        spanIdFault(exemplar.spanId),
        traceIdFault(exemplar.traceId),
        rules.tooMany(exemplar.filteredAttributes),
      ]),
    ),
    metric: flat,
    point: expectedPoint(kind, point, rules),
  }))
}

function expectedPoint(kind: MetricKind, point: DataPoint, rules: Rules): DataPoint {
  const { timeUnixNano = 0n, startTimeUnixNano = 0n, flags = 0, exemplars = [] } = point
  const common = { timeUnixNano, startTimeUnixNano, flags, attributes: rules.attributes(point.attributes) }
  if (kind === 'summary') {
    const quantileValues = (point.quantileValues ?? []).map((one) => ({ quantile: 0, value: 0, ...one }))
    return { ...common, count: point.count ?? 0n, sum: point.sum ?? 0, quantileValues }
  }
  const withExemplars = { ...common, exemplars: exemplars.map((one) => expectedExemplar(one, rules)) }
  const { asInt, asDouble, count = 0n, sum, min, max } = point
  if (kind === 'gauge' || kind === 'sum') return { ...withExemplars, asInt, asDouble }
  if (kind === 'histogram') {
    const { bucketCounts = [], explicitBounds = [] } = point
    return { ...withExemplars, count, sum, min, max, bucketCounts, explicitBounds }
  }
  return {
    ...withExemplars,
    ...{ count, sum, min, max },
    scale: point.scale ?? 0,
    zeroCount: point.zeroCount ?? 0n,
    zeroThreshold: point.zeroThreshold ?? 0,
    positive: { offset: 0, bucketCounts: [], ...point.positive },
    negative: { offset: 0, bucketCounts: [], ...point.negative },
  }
}

function expectedExemplar(exemplar: Exemplar, rules: Rules): Exemplar {
  return {
    timeUnixNano: 0n,
    ...exemplar,
    spanId: idOf(exemplar.spanId, 8),
    traceId: idOf(exemplar.traceId, 16),
    filteredAttributes: rules.attributes(exemplar.filteredAttributes),
  }
}

/** A count that was taken below zero. */
const isNegative = (count: Long = 0n): boolean => BigInt(count) >= 2n ** 63n

/** What metrics.proto and the SDK specification demand of a point. */
function faultsOf(kind: MetricKind, point: DataPoint): Fault[] {
  const { asInt, asDouble, count, bucketCounts = [], explicitBounds = [] } = point
  const negative = (...counts: ReadonlyArray<Long | undefined>): Fault =>
    counts.some(isNegative) ? 'negativeCount' : undefined
  switch (kind) {
    case 'gauge':
    case 'sum': {
      const hasValue = asInt !== undefined || asDouble !== undefined || (point.flags ?? 0) % 2 === 1
      return [hasValue ? undefined : 'noValue']
    }
    case 'histogram': {
      const agree =
        bucketCounts.length === explicitBounds.length + 1 || bucketCounts.length + explicitBounds.length === 0
      const increasing = explicitBounds.every(
        (bound, i) => !Number.isNaN(bound) && (i === 0 || bound > explicitBounds[i - 1]!),
      )
      return [
        negative(count, ...bucketCounts),
        agree ? undefined : 'bucketsDisagree',
        increasing ? undefined : 'boundsNotIncreasing',
      ]
    }
    case 'exponentialHistogram': {
      const { scale = 0, zeroCount, positive = {}, negative: below = {} } = point
      return [
        scale < -10 || scale > 20 ? 'scaleOutOfRange' : undefined,
        negative(count, zeroCount, ...(positive.bucketCounts ?? []), ...(below.bucketCounts ?? [])),
      ]
    }
    default: {
      const quantiles = (point.quantileValues ?? []).map(({ quantile = 0 }) => quantile)
      const inside = quantiles.every((quantile) => quantile >= 0 && quantile <= 1)
      return [negative(count), inside ? undefined : 'quantileOutOfRange']
    }
  }
}
