import { WireWriter } from '../../otlp/wire/wire-writer.ts'
import type { Exemplar } from './exemplars.ts'
import type { Labels } from './labels.ts'
import type { CountedMetric, Layout } from './layout.ts'

/** A cumulative point of all metrics of a series. */
export type SeriesPoint = {
  readonly labels: Labels
  readonly startMs: number
  readonly timeMs: number
  readonly sums: Float64Array
  /** Of its histogram. */
  readonly exemplars: ReadonlyArray<Exemplar>
}

const REQUEST = { resourceMetrics: 1 } as const
const RESOURCE_METRICS = { resource: 1, scopeMetrics: 2 } as const
const SCOPE_METRICS = { scope: 1, metrics: 2 } as const
const SCOPE = { name: 1 } as const
const METRIC = { name: 1, description: 2, unit: 3, sum: 7, histogram: 9 } as const
const DATA = { points: 1, temporality: 2, isMonotonic: 3 } as const
const POINT = { start: 2, time: 3, asInt: 6, attributes: 7 } as const
const HISTOGRAM_POINT = {
  start: 2,
  time: 3,
  count: 4,
  sum: 5,
  buckets: 6,
  bounds: 7,
  exemplars: 8,
  attributes: 9,
} as const
const EXEMPLAR = { time: 2, asDouble: 3, spanId: 4, traceId: 5 } as const
const CUMULATIVE = 2
const BYTES_AT_FIRST = 1 << 16

/** An ExportMetricsServiceRequest with these points, which are of one tenant; `instance` is an attribute of each. */
export function encodePoints(
  layout: Layout,
  scope: string,
  instance: Buffer,
  points: ReadonlyArray<SeriesPoint>,
): Buffer {
  const writer = new WireWriter(BYTES_AT_FIRST)
  const byResource = Map.groupBy(points, ({ labels }) => labels.resource.toString('latin1'))
  for (const group of byResource.values()) {
    const resourceMetrics = writer.begin(REQUEST.resourceMetrics)
    const { resource } = group[0]!.labels
    writer.range(RESOURCE_METRICS.resource, resource, 0, resource.length)
    const scopeMetrics = writer.begin(RESOURCE_METRICS.scopeMetrics)
    const start = writer.begin(SCOPE_METRICS.scope)
    writer.text(SCOPE.name, scope)
    writer.end(start)
    for (const metric of layout.metrics) writeMetric(writer, metric, instance, group)
    writer.end(scopeMetrics)
    writer.end(resourceMetrics)
  }
  return writer.finish()
}

function writeMetric(
  writer: WireWriter,
  metric: CountedMetric,
  instance: Buffer,
  points: ReadonlyArray<SeriesPoint>,
): void {
  const start = writer.begin(SCOPE_METRICS.metrics)
  writer.text(METRIC.name, metric.name)
  writer.text(METRIC.description, metric.description)
  writer.text(METRIC.unit, metric.unit)
  const data = writer.begin(metric.bounds === undefined ? METRIC.sum : METRIC.histogram)
  for (const point of points) {
    const at = writer.begin(DATA.points)
    if (metric.bounds === undefined) writeSum(writer, metric.at, instance, point)
    else writeHistogram(writer, metric.at, metric.bounds, instance, point)
    writer.end(at)
  }
  writer.number(DATA.temporality, CUMULATIVE)
  if (metric.bounds === undefined) writer.number(DATA.isMonotonic, 1)
  writer.end(data)
  writer.end(start)
}

function writeSum(writer: WireWriter, at: number, instance: Buffer, point: SeriesPoint): void {
  writer.fixed64(POINT.start, nanoseconds(point.startMs))
  writer.fixed64(POINT.time, nanoseconds(point.timeMs))
  writer.fixed64(POINT.asInt, BigInt(point.sums[at]!))
  writeLabels(writer, POINT.attributes, instance, point)
}

function writeHistogram(
  writer: WireWriter,
  at: number,
  bounds: ReadonlyArray<number>,
  instance: Buffer,
  point: SeriesPoint,
): void {
  const buckets = point.sums.subarray(at + 1, at + 2 + bounds.length)
  writer.fixed64(HISTOGRAM_POINT.start, nanoseconds(point.startMs))
  writer.fixed64(HISTOGRAM_POINT.time, nanoseconds(point.timeMs))
  writer.fixed64(HISTOGRAM_POINT.count, BigInt(buckets.reduce((sum, count) => sum + count, 0)))
  writer.double(HISTOGRAM_POINT.sum, point.sums[at]!)
  writer.bytes(HISTOGRAM_POINT.buckets, Buffer.from(BigUint64Array.from(buckets, BigInt).buffer))
  writer.bytes(HISTOGRAM_POINT.bounds, Buffer.from(Float64Array.from(bounds).buffer))
  for (const exemplar of point.exemplars) writeExemplar(writer, exemplar)
  writeLabels(writer, HISTOGRAM_POINT.attributes, instance, point)
}

function writeExemplar(writer: WireWriter, { spanId, timeMs, traceId, value }: Exemplar): void {
  const start = writer.begin(HISTOGRAM_POINT.exemplars)
  writer.fixed64(EXEMPLAR.time, nanoseconds(timeMs))
  writer.double(EXEMPLAR.asDouble, value)
  writer.bytes(EXEMPLAR.spanId, spanId)
  writer.bytes(EXEMPLAR.traceId, traceId)
  writer.end(start)
}

function writeLabels(writer: WireWriter, number: number, instance: Buffer, { labels }: SeriesPoint): void {
  for (const attribute of labels.attributes) writer.range(number, attribute, 0, attribute.length)
  writer.range(number, instance, 0, instance.length)
}

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n
