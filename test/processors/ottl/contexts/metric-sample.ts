import type { Metric, MetricsRequest } from '../../../otlp/proto.ts'
import { SAMPLE } from '../record.ts'

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const TIMES = { startTimeUnixNano: '1700000000000000000', timeUnixNano: '1700000060123456789' }
const EXEMPLAR = { asDouble: 0.5, timeUnixNano: '1700000059000000000' }

/** One metric of each type, in pdata's order from 1; each but the sum with one point. */
export const METRICS: Metric[] = [
  {
    name: 'queue.length',
    unit: '{item}',
    gauge: { dataPoints: [{ ...TIMES, asDouble: 2.5, attributes: [attribute('queue', 'mail')], flags: 1 }] },
  },
  {
    name: 'http.requests',
    description: 'Requests served',
    unit: '1',
    metadata: [attribute('prometheus.type', 'counter')],
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        {
          ...TIMES,
          asInt: '9007199254740993',
          attributes: [attribute('method', 'GET')],
          exemplars: [EXEMPLAR],
        },
        {
          ...TIMES,
          asInt: -1,
          attributes: [attribute('method', 'POST'), { key: 'code', value: { intValue: 500 } }],
        },
      ],
    },
  },
  {
    name: 'http.duration',
    unit: 's',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          ...TIMES,
          count: 6,
          sum: 12.5,
          min: 0.1,
          max: 9,
          bucketCounts: [1, 2, 3],
          explicitBounds: [0.5, 5],
          attributes: [attribute('route', '/pay')],
        },
      ],
    },
  },
  {
    name: 'payload.size',
    exponentialHistogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          ...TIMES,
          count: 10,
          scale: -3,
          zeroCount: 4,
          positive: { offset: -2, bucketCounts: [1, 2] },
          negative: { offset: 7, bucketCounts: [3] },
          exemplars: [EXEMPLAR, EXEMPLAR],
        },
      ],
    },
  },
  {
    name: 'rpc.latency',
    summary: {
      dataPoints: [{ ...TIMES, count: 3, sum: 1.5, quantileValues: [{ quantile: 0.5, value: 0.2 }] }],
    },
  },
]

export function metricsOf(...metrics: Metric[]): MetricsRequest {
  const { resource, resourceSchemaUrl, scope } = SAMPLE
  return {
    resourceMetrics: [
      { resource: resource!, schemaUrl: resourceSchemaUrl!, scopeMetrics: [{ ...scope, metrics }] },
    ],
  }
}
