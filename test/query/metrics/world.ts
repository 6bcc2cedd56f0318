import type { KeyValue, Metric, MetricsRequest } from '../../otlp/proto.ts'
import type { Send } from '../signals.ts'

/** Series of two tenants, as plain objects, and the metrics that send them. */

export type PlainSeries = {
  readonly tenant: string
  readonly service: string
  readonly namespace: string
  readonly metric: string
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary'
  readonly unit: string
  readonly description: string
  readonly labels: Readonly<Record<string, string>>
  /** Nanoseconds. */
  readonly times: ReadonlyArray<bigint>
}

export const TENANTS = ['acme', 'umbrella'] as const
export const DAY = 86_400_000_000_000n

export function makeSeries(noon: bigint): PlainSeries[] {
  const today = [noon]
  const days = [noon - DAY, noon]
  const old = [noon - 3n * DAY]
  return TENANTS.flatMap((tenant) => {
    const of = (series: Partial<PlainSeries>): PlainSeries => ({
      ...{ tenant, service: 'cart', namespace: 'prod', type: 'sum', unit: '1', description: 'Requests' },
      ...{ metric: 'http.requests', labels: {}, times: today, ...series },
    })
    return [
      ...Array.from({ length: 40 }, (_, i) =>
        of({
          service: ['cart', 'web'][i % 2]!,
          namespace: ['prod', 'dev'][(i >> 1) % 2]!,
          labels: { route: `/r:${i % 5}`, code: String(200 + i) },
          times: [today, days, old, [...old, ...today]][i % 4]!,
        }),
      ),
      of({ metric: 'http.requests', unit: 'By', description: 'Bytes' }),
      of({ metric: 'http.requests', type: 'gauge', times: days }),
      of({ metric: 'HTTP.Latency', type: 'histogram', unit: 'ms', description: 'Ärger "%"' }),
      of({ metric: 'latency.exp', type: 'exponential_histogram', unit: '' }),
      of({ metric: "it's_summed", type: 'summary', description: '' }),
      of({ metric: `only.${tenant}`, type: 'gauge' }),
      of({ metric: 'gone', times: old }),
    ]
  })
}

const text = (values: Readonly<Record<string, string>>): KeyValue[] =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }))

function metricOf({ metric, type, unit, description, labels, times }: PlainSeries): Metric {
  const points = times.map((timeUnixNano) => ({ timeUnixNano, attributes: text(labels) }))
  const numbers = points.map((point) => ({ ...point, asInt: 1 }))
  const named = { name: metric, unit, description }
  switch (type) {
    case 'gauge':
      return { ...named, gauge: { dataPoints: numbers } }
    case 'sum':
      return { ...named, sum: { dataPoints: numbers, aggregationTemporality: 2, isMonotonic: true } }
    case 'histogram':
      return { ...named, histogram: { dataPoints: points, aggregationTemporality: 1 } }
    case 'exponential_histogram':
      return { ...named, exponentialHistogram: { dataPoints: points, aggregationTemporality: 1 } }
    case 'summary':
      return { ...named, summary: { dataPoints: points } }
  }
}

export async function sendSeries(send: Send, all: ReadonlyArray<PlainSeries>): Promise<void> {
  for (const series of all) {
    const request: MetricsRequest = {
      resourceMetrics: [
        {
          resource: {
            attributes: text({ 'service.name': series.service, 'k8s.namespace.name': series.namespace }),
          },
          scopeMetrics: [{ metrics: [metricOf(series)] }],
        },
      ],
    }
    await send.metrics(series.tenant, request)
  }
}

/** The UTC day of a time, as text. */
export const dayOf = (nanos: bigint): string =>
  new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 10)

/** Its points on the days that the range touches: none of them, and the series is not there. */
export function daysIn(
  series: PlainSeries,
  range: { readonly start: bigint; readonly end: bigint },
): string[] {
  const [first, last] = [dayOf(range.start), dayOf(range.end - 1n)]
  return series.times
    .map(dayOf)
    .filter((day) => day >= first && day <= last)
    .toSorted()
}
