import fc from 'fast-check'
import {
  type KeyValue,
  type Metric,
  type MetricsRequest,
  type NumberDataPoint,
  stringAttributes,
} from '../../otlp/proto.ts'

/** Metrics of every kind, with units, resets, gaps and staleness, as two programs in three pods send them. */

export const PROMOTED = ['k8s.namespace.name', 'k8s.pod.name'] as const
/** Seconds between two points of a series, and how many there are. */
export const EVERY_SECONDS = 15
export const POINTS = 120
const NANOSECONDS = 1_000_000_000n
const BOUNDS = [0.1, 0.5, 1] as const
const NOT_RECORDED = 1

const RESOURCES = [
  { service: 'cart', pod: 'cart-0', node: 'n1' },
  { service: 'cart', pod: 'cart-1', node: 'n2' },
  { service: 'front', pod: 'front-0', node: 'n1' },
] as const

/** What a point adds to a counter, or nothing: a gap. A reset begins again at nought. */
type Step = {
  readonly add: number
  readonly reset: boolean
  readonly absent: boolean
  readonly stale: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  add: fc.oneof(fc.nat(50), fc.constantFrom(0, 0.25, 1e6)),
  reset: fc.nat(19).map((one) => one === 0),
  absent: fc.nat(9).map((one) => one === 0),
  stale: fc.nat(39).map((one) => one === 0),
})
/** Of one series. */
export const steps: fc.Arbitrary<Step[]> = fc.array(step, { minLength: POINTS, maxLength: POINTS })

type Moment = { readonly timeUnixNano: bigint; readonly startTimeUnixNano: bigint; readonly flags?: number }
type Point = Moment & { readonly sum: number; readonly step: Step }

/** `start`: seconds. */
function pointsOf(steps: ReadonlyArray<Step>, start: number): Point[] {
  const points: Point[] = []
  let sum = 0
  for (const [i, step] of steps.entries()) {
    sum = step.reset ? 0 : sum + step.add
    if (step.absent) continue
    points.push({
      timeUnixNano: BigInt(start + i * EVERY_SECONDS) * NANOSECONDS,
      startTimeUnixNano: BigInt(start - 1) * NANOSECONDS,
      ...(step.stale ? { flags: NOT_RECORDED } : {}),
      sum,
      step,
    })
  }
  return points
}

const moment = ({ timeUnixNano, startTimeUnixNano, flags = 0 }: Point): Moment => ({
  timeUnixNano,
  startTimeUnixNano,
  flags,
})

/** A value of OTLP that has none, for what is not recorded. */
const number = (point: Point, value: number, attributes: KeyValue[]): NumberDataPoint => ({
  ...moment(point),
  attributes,
  ...(point.step.stale ? {} : { asDouble: value }),
})

const CUMULATIVE = 2

function counter(name: string, unit: string, points: ReadonlyArray<Point>, attributes: KeyValue[]): Metric {
  const dataPoints = points.map((point) => number(point, point.sum, attributes))
  return { name, unit, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
}

function upDownCounter(name: string, unit: string, points: ReadonlyArray<Point>): Metric {
  const dataPoints = points.map((point) => number(point, point.step.add - point.sum, []))
  return { name, unit, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: false, dataPoints } }
}

function gauge(name: string, unit: string, points: ReadonlyArray<Point>): Metric {
  return { name, unit, gauge: { dataPoints: points.map((point) => number(point, point.step.add, [])) } }
}

/** How many of a count fall into each bucket. */
const share = (count: number): [bigint, bigint, bigint, bigint] => {
  const low = Math.floor(count / 2)
  const middle = Math.floor(count / 4)
  return [BigInt(low), BigInt(middle), 0n, BigInt(count - low - middle)]
}

const wholeSum = ({ sum }: Point): number => Math.floor(sum)

function histogram(name: string, points: ReadonlyArray<Point>, trace: Buffer): Metric {
  const dataPoints = points.map((point, i) => ({
    ...moment(point),
    attributes: stringAttributes({ 'http.route': '/pay' }),
    count: BigInt(wholeSum(point)),
    sum: wholeSum(point) / 4,
    bucketCounts: share(wholeSum(point)),
    explicitBounds: [...BOUNDS],
    exemplars:
      i % 30 === 7 && !point.step.stale
        ? [
            {
              timeUnixNano: point.timeUnixNano,
              asDouble: 0.25,
              traceId: trace,
              spanId: trace.subarray(8),
              filteredAttributes: stringAttributes({ tier: 'gold' }),
            },
          ]
        : [],
  }))
  return { name, unit: 's', histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
}

function exponentialHistogram(name: string, points: ReadonlyArray<Point>): Metric {
  const dataPoints = points.map((point) => {
    const [zero, low, , high] = share(wholeSum(point))
    return {
      ...moment(point),
      count: BigInt(wholeSum(point)),
      sum: wholeSum(point) * 3,
      scale: 1,
      zeroCount: zero,
      positive: { offset: 2, bucketCounts: [low, 0n, high] },
    }
  })
  return { name, unit: 'By', exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
}

function summary(name: string, points: ReadonlyArray<Point>): Metric {
  const dataPoints = points.map((point) => ({
    ...moment(point),
    count: BigInt(wholeSum(point)),
    sum: point.sum,
    quantileValues: [
      { quantile: 0.5, value: point.step.add },
      { quantile: 0.99, value: point.step.add * 2 },
    ],
  }))
  return { name, unit: 'ms', summary: { dataPoints } }
}

/** The series of one pod, in the order of {@link metricsOf}. */
export const SERIES_OF_POD = 12

function metricsOf(series: ReadonlyArray<ReadonlyArray<Step>>, start: number, pod: number): Metric[] {
  const points = series.map((one) => pointsOf(one, start))
  const trace = Buffer.alloc(16, pod + 1)
  return [
    counter(
      'http.requests',
      '{request}',
      points[0]!,
      stringAttributes({ 'http.route': '/pay', code: '200' }),
    ),
    counter(
      'http.requests',
      '{request}',
      points[1]!,
      stringAttributes({ 'http.route': '/cart', code: '500' }),
    ),
    counter('network.io', 'By', points[2]!, stringAttributes({ größe: 'x', '0day': 'y', 'a.b': '1' })),
    counter('jobs_total', '1', points[3]!, []),
    counter('cpu.time', 's', points[4]!, stringAttributes({ 'cpu.mode': 'user' })),
    upDownCounter('queue.length', '{item}', points[5]!),
    gauge('memory.usage', 'By', points[6]!),
    gauge('cpu.utilization', '1', points[7]!),
    gauge('2xx.größe', 'By/s', points[8]!),
    histogram('request.duration', points[9]!, trace),
    exponentialHistogram('payload.size', points[10]!),
    summary('gc.pause', points[11]!),
  ]
}

/** All points, in the order of their pods. `start`: seconds, of the first. */
export function requestOf(series: ReadonlyArray<ReadonlyArray<Step>>, start: number): MetricsRequest {
  return {
    resourceMetrics: RESOURCES.map(({ service, pod, node }, i) => ({
      resource: {
        attributes: stringAttributes({
          'service.name': service,
          'service.namespace': 'shop',
          'service.instance.id': pod,
          'k8s.namespace.name': 'prod',
          'k8s.pod.name': pod,
          'k8s.node.name': node,
        }),
      },
      scopeMetrics: [
        { metrics: metricsOf(series.slice(i * SERIES_OF_POD, (i + 1) * SERIES_OF_POD), start, i) },
      ],
    })),
  }
}

export const SERIES = RESOURCES.length * SERIES_OF_POD
