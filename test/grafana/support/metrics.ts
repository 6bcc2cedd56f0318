import type { Metric, MetricsRequest } from '../../otlp/proto.ts'
import { stringAttributes } from '../../otlp/proto.ts'
import type { Series } from '../../query/promql/reference.ts'
import { SAMPLE_TIMES } from './clock.ts'

/** Metrics as the world has them: what is sent, and beside it, written by hand, what Prometheus calls it. */

export type Labels = Readonly<Record<string, string>>
export type Kind = 'gauge' | 'counter' | 'histogram'
export type WorldMetric = {
  readonly name: string
  readonly unit: string
  readonly kind: Kind
  /** The family's name in Prometheus. */
  readonly prometheus: string
  /** Upper bounds, of histograms. */
  readonly bounds?: ReadonlyArray<number>
}
export type WorldExemplar = { readonly timeMs: number; readonly value: number; readonly traceId: string }
export type WorldSeries = {
  readonly metric: WorldMetric
  readonly resource: Labels
  readonly attributes: Labels
  /** One per time of SAMPLE_TIMES; of a histogram, per bucket the observations up to then, not those of lower buckets. */
  readonly values: ReadonlyArray<number | ReadonlyArray<number>>
  /** Of a histogram: what was observed up to each time, added up. */
  readonly sums?: ReadonlyArray<number>
  readonly exemplars?: ReadonlyArray<WorldExemplar>
}

const underscored = (labels: Labels): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.replaceAll('.', '_'), value]))

/** Resource attributes that are no label of a series. */
const ONLY_OF_TARGETS = new Set(['k8s.pod.uid', 'telemetry.sdk.language'])

function labelsOf({ resource, attributes }: WorldSeries): Record<string, string> {
  const shown = Object.entries(resource).filter(([key]) => !ONLY_OF_TARGETS.has(key))
  const { 'service.name': service, 'service.instance.id': instance } = resource
  return {
    ...underscored(Object.fromEntries(shown)),
    ...underscored(attributes),
    ...(service === undefined ? {} : { job: service }),
    ...(instance === undefined ? {} : { instance }),
  }
}

/** What Prometheus would have of a series: one, or a histogram's buckets, sum and count. */
export function prometheusSeries(series: WorldSeries): Series[] {
  const { metric, values, sums } = series
  const of = (name: string, more: Labels, value: (i: number) => number): Series => ({
    labels: { __name__: name, ...labelsOf(series), ...more },
    samples: SAMPLE_TIMES.map((timeMs, i) => ({ timeMs, value: value(i) })),
  })
  if (metric.kind !== 'histogram') return [of(metric.prometheus, {}, (i) => values[i] as number)]
  const upTo = (i: number, bucket: number): number =>
    (values[i] as number[]).slice(0, bucket + 1).reduce((a, b) => a + b, 0)
  const bounds = [...metric.bounds!.map(String), '+Inf']
  return [
    ...bounds.map((le, bucket) => of(`${metric.prometheus}_bucket`, { le }, (i) => upTo(i, bucket))),
    of(`${metric.prometheus}_sum`, {}, (i) => sums![i]!),
    of(`${metric.prometheus}_count`, {}, (i) => upTo(i, bounds.length)),
  ]
}

const nanos = (ms: number): bigint => BigInt(ms) * 1_000_000n

function pointsOf(series: WorldSeries): Metric {
  const { metric, attributes, values, sums, exemplars = [] } = series
  const { name, unit } = metric
  const common = (i: number) => ({
    attributes: stringAttributes(attributes),
    startTimeUnixNano: nanos(SAMPLE_TIMES[0]! - 3_600_000),
    timeUnixNano: nanos(SAMPLE_TIMES[i]!),
  })
  const numbers = values.map((value, i) => ({ ...common(i), asDouble: value as number }))
  switch (metric.kind) {
    case 'gauge':
      return { name, unit, gauge: { dataPoints: numbers } }
    case 'counter':
      return { name, unit, sum: { dataPoints: numbers, aggregationTemporality: 2, isMonotonic: true } }
    case 'histogram': {
      const dataPoints = values.map((value, i) => ({
        ...common(i),
        count: BigInt((value as number[]).reduce((a, b) => a + b, 0)),
        sum: sums![i]!,
        bucketCounts: (value as number[]).map(BigInt),
        explicitBounds: [...metric.bounds!],
        exemplars: exemplars
          .filter(({ timeMs }) => timeMs === SAMPLE_TIMES[i])
          .map(({ timeMs, value, traceId }) => ({
            timeUnixNano: nanos(timeMs),
            asDouble: value,
            traceId: Buffer.from(traceId, 'hex'),
            spanId: Buffer.from('00f067aa0ba902b7', 'hex'),
          })),
      }))
      return { name, unit, histogram: { dataPoints, aggregationTemporality: 2 } }
    }
  }
}

/** The series as a collector sends them. */
export function metricsRequest(all: ReadonlyArray<WorldSeries>, more: Labels): MetricsRequest {
  return {
    resourceMetrics: all.map((series) => ({
      resource: { attributes: stringAttributes({ ...series.resource, ...more }) },
      scopeMetrics: [{ metrics: [pointsOf(series)] }],
    })),
  }
}

/** A row of an answer at one moment. */
export type Row = { readonly labels: Labels; readonly value: number }
