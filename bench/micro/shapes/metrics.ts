import {
  encodeMetricsRequest,
  type KeyValue,
  type Metric,
  stringAttributes,
} from '../../../test/otlp/proto.ts'
import { idBytes, resourceAttributes, type Shape, word } from './shape.ts'

const METRICS = 10
const POINTS_PER_METRIC = 100

export const METRIC_SHAPES: ReadonlyArray<Shape> = [
  shape('sums and gauges', (nowNs, i, resource) =>
    i % 2 === 0 ? sum(nowNs, i, resource) : gauge(nowNs, i, resource),
  ),
  shape('histograms', histogram),
]

/** Ten metrics of a hundred series: the same series in every request of one resource, as an SDK sends them. */
function shape(name: string, metric: (nowNs: bigint, i: number, resource: number) => Metric): Shape {
  return {
    name,
    signal: 'metrics',
    recordsPerRequest: METRICS * POINTS_PER_METRIC,
    requestsPerCommit: 8,
    request: (nowMs, number) =>
      encodeMetricsRequest({
        resourceMetrics: [
          {
            resource: { attributes: resourceAttributes(number) },
            scopeMetrics: [
              {
                scope: { name: '@opentelemetry/instrumentation-http', version: '0.301.0' },
                metrics: Array.from({ length: METRICS }, (_, i) =>
                  metric(BigInt(nowMs) * 1_000_000n, i, number),
                ),
              },
            ],
          },
        ],
      }),
    targetRatio: 8,
  }
}

const points = <Point>(of: (i: number) => Point): Point[] =>
  Array.from({ length: POINTS_PER_METRIC }, (_, i) => of(i))

function attributes(i: number): KeyValue[] {
  return [
    ...stringAttributes({
      'http.request.method': ['GET', 'POST', 'PUT', 'DELETE'][i % 4]!,
      'http.route': `/api/${word(Math.floor(i / 4))}/{id}`,
      'server.address': 'api.shop-production.svc',
    }),
    { key: 'http.response.status_code', value: { intValue: 200 + (i % 5) } },
  ]
}

const START_NS = 3_600_000_000_000n
const named = (kind: string, i: number) => ({
  name: `http.server.${word(i)}.${kind}`,
  unit: '{request}',
  description: 'How often it was asked for',
})

function sum(nowNs: bigint, i: number, resource: number): Metric {
  return {
    ...named('count', i),
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: points((point) => ({
        startTimeUnixNano: nowNs - START_NS,
        timeUnixNano: nowNs,
        asInt: 1000 * resource + point * 17,
        attributes: attributes(point),
      })),
    },
  }
}

function gauge(nowNs: bigint, i: number, resource: number): Metric {
  return {
    ...named('usage', i),
    gauge: {
      dataPoints: points((point) => ({
        timeUnixNano: nowNs,
        asDouble: 0.37 * point + resource,
        attributes: attributes(point),
      })),
    },
  }
}

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** The default bounds of http.server.request.duration; an exemplar on every tenth. */
function histogram(nowNs: bigint, i: number, resource: number): Metric {
  return {
    ...named('duration', i),
    histogram: {
      aggregationTemporality: 2,
      dataPoints: points((point) => ({
        startTimeUnixNano: nowNs - START_NS,
        timeUnixNano: nowNs,
        count: 1500 + point,
        sum: 37.25 * (point + 1),
        min: 0.001,
        max: 9.5 + resource,
        bucketCounts: [...BOUNDS.map((_, bucket) => (point + bucket * 7) % 190), 3],
        explicitBounds: BOUNDS,
        attributes: attributes(point),
        ...(point % 10 === 0
          ? {
              exemplars: [
                {
                  timeUnixNano: nowNs - 5000n,
                  asDouble: 0.042,
                  traceId: idBytes(16, point),
                  spanId: idBytes(8, point),
                },
              ],
            }
          : {}),
      })),
    },
  }
}
