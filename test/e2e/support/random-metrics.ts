import fc from 'fast-check'
import type {
  Buckets,
  Exemplar,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  Metric,
  MetricsRequest,
  NumberDataPoint,
  SummaryDataPoint,
} from '../../otlp/proto.ts'
import {
  attributes,
  id,
  int32,
  int64,
  NOW_NS,
  recentNs,
  resource,
  schemaUrl,
  scope,
  uint32,
  words,
} from './random-values.ts'

/** Metrics requests of every kind and shape, as no check refuses them. */

const NO_RECORDED_VALUE = 1
const count = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const counts = (maxLength: number): fc.Arbitrary<bigint[]> => fc.array(count, { maxLength })

type Value = { asInt: bigint } | { asDouble: number }
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.oneof(int64, fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n })).map((asInt) => ({ asInt })),
  fc.double().map((asDouble) => ({ asDouble })),
)

const exemplar: fc.Arbitrary<Exemplar> = fc
  .record({
    timeUnixNano: fc.bigInt({ min: 0n, max: NOW_NS }),
    spanId: id(8),
    traceId: id(16),
    filteredAttributes: attributes(3),
    value,
  })
  .map(({ value: number, ...rest }) => ({ ...rest, ...number }))
const exemplars = fc.array(exemplar, { maxLength: 2 })

const common = {
  startTimeUnixNano: fc.oneof(fc.constant(0n), recentNs),
  timeUnixNano: recentNs,
  attributes: attributes(4),
  flags: uint32,
}

/** Without a value the flag must say so. */
const numberPoint: fc.Arbitrary<NumberDataPoint> = fc
  .record({ ...common, exemplars, value: fc.option(value) })
  .map(({ value: number, ...rest }) =>
    number === null ? { ...rest, flags: (rest.flags | NO_RECORDED_VALUE) >>> 0 } : { ...rest, ...number },
  )

/** Each present or not. */
const optional = fc.record({ sum: fc.double(), min: fc.double(), max: fc.double() }, { requiredKeys: [] })

const bounds: fc.Arbitrary<number[]> = fc
  .uniqueArray(
    fc.double({ noNaN: true }).map((bound) => bound + 0),
    { maxLength: 6, comparator: 'IsStrictlyEqual' },
  )
  .map((list) => list.sort((a, b) => a - b))

const histogramPoint: fc.Arbitrary<HistogramDataPoint> = fc
  .record({
    ...common,
    optional,
    exemplars,
    count,
    explicitBounds: fc.option(bounds),
    counts: fc.array(count, { minLength: 7, maxLength: 7 }),
  })
  .map(({ explicitBounds, counts: all, optional: given, ...rest }) => {
    const point = { ...rest, ...given }
    if (explicitBounds === null) return point
    return { ...point, explicitBounds, bucketCounts: all.slice(0, explicitBounds.length + 1) }
  })

const buckets: fc.Arbitrary<Buckets> = fc.record({ offset: int32, bucketCounts: counts(5) })
const exponentialPoint: fc.Arbitrary<ExponentialHistogramDataPoint> = fc
  .record({
    ...common,
    optional,
    exemplars,
    count,
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: count,
    positive: buckets,
    negative: buckets,
    zeroThreshold: fc.double(),
  })
  .map(({ optional: given, ...rest }) => ({ ...rest, ...given }))

const summaryPoint: fc.Arbitrary<SummaryDataPoint> = fc.record({
  ...common,
  count,
  sum: fc.double(),
  quantileValues: fc.array(
    fc.record({ quantile: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.double() }),
    { maxLength: 3 },
  ),
})

const points = <Point>(point: fc.Arbitrary<Point>) => fc.array(point, { minLength: 1, maxLength: 4 })
const aggregationTemporality = fc.oneof(fc.integer({ min: 0, max: 2 }), int32)
const data: fc.Arbitrary<Metric> = fc.oneof(
  fc.record({ gauge: fc.record({ dataPoints: points(numberPoint) }) }),
  fc.record({
    sum: fc.record({ dataPoints: points(numberPoint), aggregationTemporality, isMonotonic: fc.boolean() }),
  }),
  fc.record({ histogram: fc.record({ dataPoints: points(histogramPoint), aggregationTemporality }) }),
  fc.record({
    exponentialHistogram: fc.record({ dataPoints: points(exponentialPoint), aggregationTemporality }),
  }),
  fc.record({ summary: fc.record({ dataPoints: points(summaryPoint) }) }),
)

/** Neither description nor metadata are part of a series: both hang on the name here. */
const names = fc.sample(fc.record({ name: words, description: words, metadata: attributes(3) }), {
  numRuns: 12,
  seed: 1,
})
const metric: fc.Arbitrary<Metric> = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom('', 'By', 's'), data)
  .map(([described, unit, kind]) => ({ ...described, unit, ...kind }))

export const metricsRequest: fc.Arbitrary<MetricsRequest> = fc.record({
  resourceMetrics: fc.array(
    fc.record({
      resource,
      schemaUrl,
      scopeMetrics: fc.array(
        fc.record({ scope, schemaUrl: words, metrics: fc.array(metric, { minLength: 1, maxLength: 4 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
