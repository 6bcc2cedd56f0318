import { type HrTime, type Meter, ValueType } from '@opentelemetry/api'
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
  type OTLPMetricExporterOptions,
} from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationType,
  type DataPoint,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { beforeAll, expect, test } from 'vitest'
import type {
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  KeyValue,
  Metric,
  MetricsRequest,
  NumberDataPoint,
} from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { expectedPoints, POINT_TABLES, type PointTable, pointsSql } from './support/expected-points.ts'
import { byContent, type ExpectedRow } from './support/expected-row.ts'

/**
 * Scenario: the OpenTelemetry JS SDK, its three exporters and both temporalities, through a whole gateway. Guarantees:
 * the tables hold, field by field, what was recorded. The messages that are expected are written by hand; only their
 * times are the SDK's. The SDK makes no exemplars, summaries and flags: those are in metrics.test.ts.
 */

type Urls = TestGateway['urls']
const EXPORTERS: ReadonlyArray<
  readonly [string, (urls: Urls, options: OTLPMetricExporterOptions) => PushMetricExporter]
> = [
  ['grpc', ({ grpc }, options) => new GrpcExporter({ url: `http://${grpc}`, ...options })],
  ['json', ({ http }, options) => new JsonExporter({ url: `${http}/v1/metrics`, ...options })],
  ['protobuf', ({ http }, options) => new ProtobufExporter({ url: `${http}/v1/metrics`, ...options })],
]
const TEMPORALITIES = [
  ['delta', AggregationTemporalityPreference.DELTA],
  ['cumulative', AggregationTemporalityPreference.CUMULATIVE],
] as const
const CASES = EXPORTERS.flatMap(([exporter]) =>
  TEMPORALITIES.map(([temporality]) => [exporter, temporality] as const),
)
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.30.0'
const BOUNDS = [10, 20.5]

const serviceOf = (exporter: string, temporality: string): string => `shop-${exporter}-${temporality}`
/** What the exporters were handed, for its times. */
const exported = new Map<string, ResourceMetrics[]>()
const stored = new Map<PointTable, ExpectedRow[]>()

beforeAll(async () => {
  const { urls, readBack } = await startTestGateway()
  for (const [exporter, exporterOf] of EXPORTERS)
    for (const [temporality, temporalityPreference] of TEMPORALITIES)
      await send(serviceOf(exporter, temporality), exporterOf(urls, { temporalityPreference }))
  await readBack(async (database) => {
    for (const table of POINT_TABLES) stored.set(table, await database.rows<ExpectedRow>(pointsSql(table)))
  })
})

async function send(service: string, exporter: PushMetricExporter): Promise<void> {
  const seen: ResourceMetrics[] = []
  exported.set(service, seen)
  const send = exporter.export.bind(exporter)
  exporter.export = (metrics, done) => {
    // The SDK goes on with its own objects.
    seen.push(structuredClone({ ...metrics, resource: undefined }) as unknown as ResourceMetrics)
    send(metrics, done)
  }
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'k8s.pod.name': 'pod-0' }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: 3_600_000,
        exportTimeoutMillis: 10_000,
      }),
    ],
    views: [
      {
        instrumentName: 'bytes',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: BOUNDS } },
      },
      {
        instrumentName: 'latency',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 4 } },
      },
    ],
  })
  const record = instruments(provider.getMeter('shop', '2.0', { schemaUrl: SCHEMA_URL }))
  record()
  await provider.forceFlush()
  record()
  await provider.forceFlush()
  // A shutdown exports once more.
  exporter.export = (_metrics, done) => done({ code: 0 })
  await provider.shutdown()
}

/** Makes the instruments; each call of the result records the same once more. */
function instruments(meter: Meter): () => void {
  const requests = meter.createCounter('requests', {
    description: 'Requests',
    unit: '{request}',
    valueType: ValueType.INT,
  })
  const energy = meter.createCounter('energy', { unit: 'J', valueType: ValueType.DOUBLE })
  const open = meter.createUpDownCounter('open', { valueType: ValueType.INT })
  const balance = meter.createUpDownCounter('balance', { valueType: ValueType.DOUBLE })
  const heat = meter.createGauge('heat', { unit: 'Cel', valueType: ValueType.DOUBLE })
  const level = meter.createGauge('level', { valueType: ValueType.INT })
  const bytes = meter.createHistogram('bytes', { unit: 'By', valueType: ValueType.INT })
  const latency = meter.createHistogram('latency', { unit: 's', valueType: ValueType.DOUBLE })
  return () => {
    requests.add(3, { route: '/a', code: 200, ok: true, ratio: 0.5, tags: ['x', 'y'] })
    requests.add(4, { route: '/b' })
    energy.add(0.25)
    open.add(-2)
    balance.add(-1.5)
    heat.record(-7.5)
    level.record(Number.MAX_SAFE_INTEGER)
    for (const size of [10, 11, 30]) bytes.record(size)
    for (const time of [0, 1, 1, 4]) latency.record(time)
  }
}

const attribute = (key: string, value: KeyValue['value']): KeyValue => ({ key, value: value! })
const ROUTE_A = [
  attribute('route', { stringValue: '/a' }),
  attribute('code', { intValue: 200 }),
  attribute('ok', { boolValue: true }),
  attribute('ratio', { doubleValue: 0.5 }),
  attribute('tags', { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: 'y' }] } }),
]
const ROUTE_B = [attribute('route', { stringValue: '/b' })]

const nsOf = ([seconds, nanoseconds]: HrTime): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)

/** `recorded` is how often everything was recorded before this export. */
function expectedRequest(
  service: string,
  temporality: string,
  metrics: ResourceMetrics,
  recorded: number,
): MetricsRequest {
  const aggregationTemporality = temporality === 'delta' ? 1 : 2
  const times = temporality === 'delta' ? 1 : recorded
  const points = new Map(
    metrics.scopeMetrics.flatMap(({ metrics: all }) =>
      all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints as DataPoint<unknown>[]]),
    ),
  )
  const at = (name: string, number = 0): Pick<NumberDataPoint, 'startTimeUnixNano' | 'timeUnixNano'> => {
    const { startTime, endTime } = points.get(name)![number]!
    return { startTimeUnixNano: nsOf(startTime), timeUnixNano: nsOf(endTime) }
  }
  const gauge = (name: string, value: NumberDataPoint, unit = ''): Metric => ({
    name,
    unit,
    gauge: { dataPoints: [{ ...at(name), ...value }] },
  })
  // The SDK keeps these cumulative.
  const upDown = (name: string, value: NumberDataPoint): Metric => ({
    name,
    sum: { aggregationTemporality: 2, dataPoints: [{ ...at(name), ...value }] },
  })
  const bytes: HistogramDataPoint = {
    ...at('bytes'),
    count: 3 * times,
    sum: 51 * times,
    min: 10,
    max: 30,
    explicitBounds: BOUNDS,
    bucketCounts: [times, times, times],
  }
  // A base of 4^(2^-scale) bounds that hold 1 and 4 in at most four buckets: of scale 0, (1/2, 1], (1, 2], (2, 4].
  const latency: ExponentialHistogramDataPoint = {
    ...at('latency'),
    count: 4 * times,
    sum: 6 * times,
    min: 0,
    max: 4,
    scale: 0,
    zeroCount: times,
    positive: { offset: -1, bucketCounts: [2 * times, 0, times] },
    negative: { offset: 0, bucketCounts: [] },
  }
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            attribute('service.name', { stringValue: service }),
            attribute('k8s.pod.name', { stringValue: 'pod-0' }),
          ],
        },
        scopeMetrics: [
          {
            scope: { name: 'shop', version: '2.0' },
            schemaUrl: SCHEMA_URL,
            metrics: [
              {
                name: 'requests',
                description: 'Requests',
                unit: '{request}',
                sum: {
                  aggregationTemporality,
                  isMonotonic: true,
                  dataPoints: [
                    { ...at('requests', 0), attributes: ROUTE_A, asInt: 3 * times },
                    { ...at('requests', 1), attributes: ROUTE_B, asInt: 4 * times },
                  ],
                },
              },
              {
                name: 'energy',
                unit: 'J',
                sum: {
                  aggregationTemporality,
                  isMonotonic: true,
                  dataPoints: [{ ...at('energy'), asDouble: 0.25 * times }],
                },
              },
              upDown('open', { asInt: -2 * recorded }),
              upDown('balance', { asDouble: -1.5 * recorded }),
              gauge('heat', { asDouble: -7.5 }, 'Cel'),
              gauge('level', { asInt: Number.MAX_SAFE_INTEGER }),
              { name: 'bytes', unit: 'By', histogram: { aggregationTemporality, dataPoints: [bytes] } },
              {
                name: 'latency',
                unit: 's',
                exponentialHistogram: { aggregationTemporality, dataPoints: [latency] },
              },
            ],
          },
        ],
      },
    ],
  }
}

test.each(CASES)('the %s exporter, %s', (exporter, temporality) => {
  const service = serviceOf(exporter, temporality)
  const exports = exported.get(service)!
  expect(exports).toHaveLength(2)
  const expected = exports.flatMap((metrics, number) =>
    expectedPoints(expectedRequest(service, temporality, metrics, number + 1)),
  )
  for (const table of POINT_TABLES) {
    const rows = stored.get(table)!.filter(({ ServiceName }) => ServiceName === service)
    expect(byContent(rows)).toEqual(
      byContent(expected.filter(([name]) => name === table).map(([, row]) => row)),
    )
  }
})
