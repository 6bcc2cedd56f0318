import {
  encodeMetricsRequest,
  type KeyValue,
  type Metric,
  stringAttributes,
} from '../../../test/otlp/proto.ts'
import { resourceAttributes, SERVICES } from './resource.ts'
import {
  findMarks,
  grpcMessage,
  type Mark,
  type PodSource,
  random,
  type Source,
  Stepper,
  wordsOf,
} from './template.ts'

/**
 * What a pod's SDK exports every ten seconds: ten metrics of series that stay the same. Of ten metrics five are counters,
 * three gauges, two histograms with the default bounds of http.server.request.duration. Sent faster than ten seconds
 * pass, the times count on from two hours ago: what is stored looks like hours of it.
 */
const METRICS = 10
const EXPORT_NS = 10_000_000_000n
const STARTS_BEFORE_MS = 2 * 3_600_000
const TIME = 0x5a5a5a5a5a5a5a5an
/** As asInt, as asDouble and as count: no other field has these bytes. */
const NUMBER = 0x1b1b1b1b1b1b1b1bn
const NUMBER_MARK = wordsOf(NUMBER)
const DOUBLE = NUMBER_MARK.readDoubleLE()
const SUM = wordsOf(0x2c2c2c2c2c2c2c2cn)
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const BUCKETS = BOUNDS.length + 1
const BUCKET = 0x3d3d3d3d3d3d3d3dn
const BUCKETS_MARK = Buffer.concat(Array.from({ length: BUCKETS }, () => wordsOf(BUCKET)))
const isHistogram = (metric: number): boolean => metric >= 8
const isGauge = (metric: number): boolean => metric >= 5 && metric < 8

/** Requests of `records` data points. */
export function metricSource(records: number): Source {
  const series = Math.max(1, Math.floor(records / METRICS))
  const startNs = BigInt(Date.now() - STARTS_BEFORE_MS) * 1_000_000n
  const pods = SERVICES.map((service, pod) => podSource(service, pod, series, startNs))
  return { records: series * METRICS, pods }
}

function podSource(service: string, pod: number, series: number, startNs: bigint): PodSource {
  const request = encodeMetricsRequest({
    resourceMetrics: [
      {
        resource: { attributes: resourceAttributes(service, pod) },
        scopeMetrics: [
          {
            scope: { name: '@opentelemetry/instrumentation-http', version: '0.301.0' },
            metrics: Array.from({ length: METRICS }, (_, i) => metric(i, series, startNs)),
          },
        ],
      },
    ],
  })
  const bytes = grpcMessage(request)
  const offsets = findMarks(bytes, marks(series))
  // A few milliseconds of jitter, as timers have.
  let nextNs = startNs + BigInt(pod) * 1_100_000_000n
  let tick = 0
  return {
    bytes,
    refresh: (copy) => {
      nextNs += EXPORT_NS
      refresh(copy, offsets, series, nextNs + BigInt(random() % 3_000_000), ++tick)
    },
  }
}

/** In the order in which protobufjs writes a point: time, number; of a histogram time, count, sum, buckets. */
function* marks(series: number): Generator<Mark> {
  for (let i = 0; i < METRICS; i++)
    for (let point = 0; point < series; point++) {
      yield wordsOf(TIME)
      yield NUMBER_MARK
      if (!isHistogram(i)) continue
      yield SUM
      yield BUCKETS_MARK
    }
}

function attributes(series: number): KeyValue[] {
  return [
    ...stringAttributes({
      'http.request.method': ['GET', 'POST', 'PUT', 'DELETE'][series % 4]!,
      'http.route': `/api/v1/resource-${series >> 2}/{id}`,
      'server.address': 'api.shop-production.svc.cluster.local',
    }),
    { key: 'http.response.status_code', value: { intValue: 200 + (series % 5) } },
  ]
}

function metric(i: number, series: number, startNs: bigint): Metric {
  const named = {
    name: `http.server.measure_${i}.${isHistogram(i) ? 'duration' : isGauge(i) ? 'usage' : 'count'}`,
    description: 'How much of it there was, by route and status',
    unit: isHistogram(i) ? 's' : '{request}',
  }
  const points = <Point>(of: object): Point[] =>
    Array.from(
      { length: series },
      (_, point) => ({ timeUnixNano: TIME, attributes: attributes(point), ...of }) as Point,
    )
  const startTimeUnixNano = startNs
  if (isGauge(i)) return { ...named, gauge: { dataPoints: points({ asDouble: DOUBLE }) } }
  if (!isHistogram(i)) {
    const dataPoints = points<object>({ startTimeUnixNano, asInt: NUMBER })
    return { ...named, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }
  }
  const of = {
    startTimeUnixNano,
    count: NUMBER,
    sum: SUM.readDoubleLE(),
    bucketCounts: Array.from({ length: BUCKETS }, () => BUCKET),
    explicitBounds: BOUNDS,
  }
  return { ...named, histogram: { aggregationTemporality: 2, dataPoints: points(of) } }
}

const time = new Stepper()

/**
 * How busy series are: of ten four stand still, four see a few events an export, two are busy. (Prometheus' figure from
 * practice is 1.3 bytes a sample, times included: most of what is measured hardly moves.)
 */
function grown(series: number, tick: number): number {
  const rate = 1 + ((series * 7919) % 400)
  const kind = series % 10
  if (kind < 4) return rate
  if (kind < 8) return Math.floor((tick * (1 + (series % 3))) / 2) + (mix(series, tick) % 2)
  return tick * rate + (mix(series, tick) % rate)
}

/** The same every time, and without a pattern. */
function mix(a: number, b: number): number {
  const h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  return (h ^ (h >>> 15)) >>> 0
}

/** Counters grow; gauges move in steps of their unit, or stand still; buckets fill by their share. */
function refresh(bytes: Buffer, offsets: Int32Array, series: number, timeNs: bigint, tick: number): void {
  time.set(timeNs)
  let at = 0
  for (let i = 0; i < METRICS; i++)
    for (let point = 0; point < series; point++) {
      time.write(bytes, offsets[at++]!)
      const events = grown(point + 31 * i, tick)
      if (isHistogram(i)) at = refreshHistogram(bytes, offsets, at, events)
      else if (isGauge(i)) bytes.writeDoubleLE(gauge(point + 31 * i, tick), offsets[at++]!)
      else writeNumber(bytes, offsets[at++]!, events)
    }
}

function gauge(series: number, tick: number): number {
  const level = 1000 + (series % 97)
  return series % 10 < 5 ? level : level + (mix(series, tick) % 64) / 4
}

function refreshHistogram(bytes: Buffer, offsets: Int32Array, at: number, events: number): number {
  let count = 0
  const first = offsets[at + 2]!
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    // Most events in a few buckets, none in some.
    const filled = Math.floor((events * (bucket % 7)) / 20)
    writeNumber(bytes, first + 8 * bucket, filled)
    count += filled
  }
  writeNumber(bytes, offsets[at]!, count)
  bytes.writeDoubleLE(Math.round(count * 37.5) / 1000, offsets[at + 1]!)
  return at + 3
}

function writeNumber(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, at)
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4)
}
