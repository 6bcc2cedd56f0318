import fc from 'fast-check'
import type { Metric } from '../../../otlp/proto.ts'
import type { Requests } from '../evaluate.ts'
import type { Value, World } from '../reference.ts'
import { double, int, nanos, sender, shape, smallInt, string, within, worldOf } from '../worlds.ts'

const METRIC_FIELDS = {
  'metric.name': string,
  'metric.unit': string,
  'metric.type': fc.bigInt(1n, 5n).map((v): Value => ({ t: 'int', v })),
  'metric.aggregation_temporality': fc.bigInt(0n, 2n).map((v): Value => ({ t: 'int', v })),
  'metric.is_monotonic': fc.boolean().map((v): Value => ({ t: 'bool', v })),
}

export const METRIC_SHAPE = shape(METRIC_FIELDS, ['metric.metadata'])

const list = (of: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.array(of, { maxLength: 3 }).map((v): Value => ({ t: 'list', v }))

export const POINT_SHAPE = shape(
  {
    ...METRIC_FIELDS,
    time_unix_nano: nanos,
    'datapoint.flags': smallInt,
    value_int: int,
    value_double: double,
    count: smallInt,
    'datapoint.sum': double,
    bucket_counts: list(smallInt),
    scale: smallInt,
    zero_count: smallInt,
    'datapoint.positive.offset': smallInt,
    'positive.bucket_counts': list(smallInt),
  },
  ['metric.metadata', 'attributes'],
)

const [SUM, HISTOGRAM, EXPONENTIAL, SUMMARY] = [2, 3, 4, 5]
/** By path: the types of metric that have the field, by pdata's numbers. */
const HAVING: Readonly<Record<string, ReadonlyArray<number | undefined>>> = {
  'metric.aggregation_temporality': [SUM, HISTOGRAM, EXPONENTIAL],
  'metric.is_monotonic': [SUM],
  value_int: [1, SUM],
  value_double: [1, SUM],
  count: [HISTOGRAM, EXPONENTIAL, SUMMARY],
  'datapoint.sum': [HISTOGRAM, EXPONENTIAL, SUMMARY],
  bucket_counts: [HISTOGRAM],
  scale: [EXPONENTIAL],
  zero_count: [EXPONENTIAL],
  'datapoint.positive.offset': [EXPONENTIAL],
  'positive.bucket_counts': [EXPONENTIAL],
}

/** Worlds whose fields are nil where the type of metric has them not; of the two values of a number, one is 0. */
export function metricWorlds(of: typeof METRIC_SHAPE): fc.Arbitrary<World> {
  return fc.tuple(worldOf(of), fc.boolean()).map(([{ fields, tables }, isInt]) => {
    const type = Number((fields['metric.type'] as { v: bigint }).v)
    const settled = Object.entries(fields).map(([path, value]): [string, Value] => {
      if (HAVING[path]?.includes(type) === false) return [path, { t: 'nil' }]
      if (path === 'value_int' && !isInt) return [path, { t: 'int', v: 0n }]
      if (path === 'value_double' && isInt) return [path, { t: 'double', v: 0 }]
      return [path, value]
    })
    return { fields: Object.fromEntries(settled), tables }
  })
}

export function metricsRequestOf(world: World): Requests['metrics'] {
  const { attributes, int: number, text } = sender(world)
  const metric = {
    name: text('metric.name'),
    unit: text('metric.unit'),
    metadata: attributes('metric.metadata'),
    ...dataOf(world, number('metric.type')),
  }
  const { resource, scope } = within(world, { metrics: [metric] })
  return { resourceMetrics: [{ resource, scopeMetrics: [scope] }] }
}

function dataOf(world: World, type: number): Metric {
  const { int: number } = sender(world)
  const dataPoints = [world.tables.attributes === undefined ? {} : pointOf(world, type)]
  if (type === 1) return { gauge: { dataPoints } }
  if (type === SUMMARY) return { summary: { dataPoints } }
  const aggregationTemporality = number('metric.aggregation_temporality')
  const isMonotonic = (world.fields['metric.is_monotonic'] as { v?: boolean }).v
  if (type === SUM) return { sum: { dataPoints, aggregationTemporality, isMonotonic: isMonotonic! } }
  const data = { dataPoints, aggregationTemporality }
  return type === HISTOGRAM ? { histogram: data } : { exponentialHistogram: data }
}

function pointOf(world: World, type: number): object {
  const { attributes, double: float, int: number, long } = sender(world)
  const counts = (path: string): string[] =>
    (world.fields[path] as { v: ReadonlyArray<{ v: bigint }> }).v.map(({ v }) => String(v))
  const common = {
    timeUnixNano: long('time_unix_nano'),
    flags: number('datapoint.flags'),
    attributes: attributes('attributes'),
  }
  if (type === 1 || type === SUM)
    return float('value_double') === 0
      ? { ...common, asInt: long('value_int') }
      : { ...common, asDouble: float('value_double') }
  const counting = { ...common, count: number('count'), sum: float('datapoint.sum') }
  if (type === SUMMARY) return counting
  if (type === HISTOGRAM) return { ...counting, bucketCounts: counts('bucket_counts') }
  return {
    ...counting,
    scale: number('scale'),
    zeroCount: number('zero_count'),
    positive: {
      offset: number('datapoint.positive.offset'),
      bucketCounts: counts('positive.bucket_counts'),
    },
  }
}
