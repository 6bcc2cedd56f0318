import { beforeAll, describe, expect, test } from 'vitest'
import { type Exemplar, encodeMetricsRequest, type Metric } from '../../otlp/proto.ts'
import { database, directory, useRealStore } from '../support/real-store.ts'
import { StoreHarness } from '../support/store-harness.ts'
import { columnsOf, LC, MAP } from '../support/view-columns.ts'

/**
 * Scenario: metrics that the store has written, read as the exporter's tables are. Guarantees: the columns of
 * clickhouseexporter v0.161.0 (opentelemetry-collector-contrib, exporter/clickhouseexporter/internal/sqltemplates/
 * metrics_*_table.sql) by name, order and type, the values that it writes, and each point once.
 */

useRealStore()

type Columns = ReadonlyArray<readonly [string, string]>
const COMMON: Columns = [
  ['ResourceAttributes', MAP],
  ['ResourceSchemaUrl', 'String'],
  ['ScopeName', 'String'],
  ['ScopeVersion', 'String'],
  ['ScopeAttributes', MAP],
  ['ScopeDroppedAttrCount', 'UInt32'],
  ['ScopeSchemaUrl', 'String'],
  ['ServiceName', LC],
  ['MetricName', LC],
  ['MetricDescription', 'String'],
  ['MetricUnit', 'String'],
  ['Attributes', MAP],
  ['StartTimeUnix', 'DateTime'],
  ['TimeUnix', 'DateTime'],
]
const EXEMPLARS: Columns = [
  ['Exemplars.FilteredAttributes', `Array(${MAP})`],
  ['Exemplars.TimeUnix', 'Array(DateTime)'],
  ['Exemplars.Value', 'Array(Float64)'],
  ['Exemplars.SpanId', 'Array(String)'],
  ['Exemplars.TraceId', 'Array(String)'],
]
const FLAGS: Columns = [['Flags', 'UInt32']]
const COUNTED: Columns = [
  ['Count', 'UInt64'],
  ['Sum', 'Float64'],
]
const LIMITS: Columns = [
  ['Min', 'Float64'],
  ['Max', 'Float64'],
  ['AggregationTemporality', 'Int32'],
]
const EXPORTER: Readonly<Record<string, Columns>> = {
  otel_metrics_gauge: [['Value', 'Float64'], ...FLAGS, ...EXEMPLARS],
  otel_metrics_sum: [
    ['Value', 'Float64'],
    ...FLAGS,
    ...EXEMPLARS,
    ['AggregationTemporality', 'Int32'],
    ['IsMonotonic', 'Bool'],
  ],
  otel_metrics_histogram: [
    ...COUNTED,
    ['BucketCounts', 'Array(UInt64)'],
    ['ExplicitBounds', 'Array(Float64)'],
    ...EXEMPLARS,
    ...FLAGS,
    ...LIMITS,
  ],
  otel_metrics_exp_histogram: [
    ...COUNTED,
    ['Scale', 'Int32'],
    ['ZeroCount', 'UInt64'],
    ['PositiveOffset', 'Int32'],
    ['PositiveBucketCounts', 'Array(UInt64)'],
    ['NegativeOffset', 'Int32'],
    ['NegativeBucketCounts', 'Array(UInt64)'],
    ...EXEMPLARS,
    ...FLAGS,
    ...LIMITS,
  ],
  otel_metrics_summary: [
    ...COUNTED,
    ['ValueAtQuantiles.Quantile', 'Array(Float64)'],
    ['ValueAtQuantiles.Value', 'Array(Float64)'],
    ...FLAGS,
  ],
}
const VIEWS = Object.keys(EXPORTER)

test.each(VIEWS)('%s has the columns of the exporter, in name, order and type', async (view) => {
  expect(await columnsOf(database, view)).toEqual([...COMMON, ...EXPORTER[view]!])
})

const DAY_NS = 86_400_000_000_000n
const noon = BigInt(Math.floor(Date.now() / 86_400_000)) * DAY_NS - DAY_NS / 2n
const text = (ns: bigint): string =>
  new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')

async function store(gatewayId: string, metrics: Metric[]): Promise<void> {
  const harness = await StoreHarness.open({ directory, database, gatewayId })
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: gatewayId } }] }
  const scope = {
    name: 'lib',
    version: '1',
    attributes: [{ key: 's', value: { intValue: 1 } }],
    droppedAttributesCount: 2,
  }
  const request = {
    resourceMetrics: [
      { resource, schemaUrl: 'https://r', scopeMetrics: [{ scope, schemaUrl: 'https://s', metrics }] },
    ],
  }
  await harness.send(encodeMetricsRequest(request), Date.now(), 'metrics')
  harness.store.start()
  await harness.stop()
  expect(harness.failures).toEqual([])
}

describe('values', () => {
  const point = {
    startTimeUnixNano: noon - 999_999_999n,
    timeUnixNano: noon + 1n,
    attributes: [{ key: 'k', value: { boolValue: true } }],
    flags: 2,
  }
  const exemplars: Exemplar[] = [
    {
      timeUnixNano: noon - 5_000_000_001n,
      asInt: 7,
      traceId: new Uint8Array(16).fill(7),
      spanId: new Uint8Array(8).fill(8),
      filteredAttributes: [{ key: 'f', value: { doubleValue: 0.5 } }],
    },
    { timeUnixNano: noon, asDouble: -2.5 },
  ]
  const described = { description: 'What', unit: 'By' }
  const counted = { ...point, count: 3, sum: 4.5 }
  const common = {
    ResourceAttributes: { 'service.name': 'values' },
    ResourceSchemaUrl: 'https://r',
    ScopeName: 'lib',
    ScopeVersion: '1',
    ScopeAttributes: { s: '1' },
    ScopeDroppedAttrCount: 2,
    ScopeSchemaUrl: 'https://s',
    ServiceName: 'values',
    MetricDescription: 'What',
    MetricUnit: 'By',
    Attributes: { k: 'true' },
    StartTimeUnix: text(noon - 1_000_000_000n),
    TimeUnix: text(noon),
    Flags: 2,
  }
  const withExemplars = {
    'Exemplars.FilteredAttributes': [{ f: '0.5' }, {}],
    'Exemplars.TimeUnix': [text(noon - 6_000_000_000n), text(noon)],
    'Exemplars.Value': [7, -2.5],
    'Exemplars.SpanId': ['0808080808080808', ''],
    'Exemplars.TraceId': ['07070707070707070707070707070707', ''],
  }
  const without = Object.fromEntries(Object.keys(withExemplars).map((name) => [name, []]))

  beforeAll(async () => {
    await store('values', [
      { ...described, name: 'g', gauge: { dataPoints: [{ ...point, asInt: 2 ** 40, exemplars }] } },
      {
        ...described,
        name: 'up',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [{ ...point, asDouble: 0.5, exemplars }],
        },
      },
      {
        ...described,
        name: 'down',
        sum: { aggregationTemporality: 1, dataPoints: [{ ...point, asInt: -3 }] },
      },
      {
        ...described,
        name: 'h',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            { ...counted, min: -1, max: 9, explicitBounds: [1, 2], bucketCounts: [0, 2, 1], exemplars },
            { ...counted, timeUnixNano: noon + 2_000_000_000n },
          ],
        },
      },
      {
        ...described,
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...counted,
              min: 0.5,
              scale: -3,
              zeroCount: 1,
              positive: { offset: -5, bucketCounts: [1, 0, 2] },
              negative: { offset: 6, bucketCounts: [4] },
              exemplars,
            },
          ],
        },
      },
      {
        ...described,
        name: 's',
        summary: {
          dataPoints: [
            {
              ...counted,
              quantileValues: [
                { quantile: 0.5, value: 2 },
                { quantile: 1, value: 9 },
              ],
            },
          ],
        },
      },
    ])
  })

  test.each<readonly [string, object[]]>([
    ['otel_metrics_gauge', [{ MetricName: 'g', Value: 2 ** 40, ...withExemplars }]],
    [
      'otel_metrics_sum',
      [
        { MetricName: 'down', Value: -3, AggregationTemporality: 1, IsMonotonic: false, ...without },
        { MetricName: 'up', Value: 0.5, AggregationTemporality: 2, IsMonotonic: true, ...withExemplars },
      ],
    ],
    [
      'otel_metrics_histogram',
      [
        {
          MetricName: 'h',
          Count: '3',
          Sum: 4.5,
          Min: -1,
          Max: 9,
          BucketCounts: ['0', '2', '1'],
          ExplicitBounds: [1, 2],
          AggregationTemporality: 1,
          ...withExemplars,
        },
        {
          MetricName: 'h',
          TimeUnix: text(noon + 2_000_000_000n),
          Count: '3',
          Sum: 4.5,
          Min: 0,
          Max: 0,
          BucketCounts: [],
          ExplicitBounds: [],
          AggregationTemporality: 1,
          ...without,
        },
      ],
    ],
    [
      'otel_metrics_exp_histogram',
      [
        {
          MetricName: 'e',
          Count: '3',
          Sum: 4.5,
          Min: 0.5,
          Max: 0,
          Scale: -3,
          ZeroCount: '1',
          PositiveOffset: -5,
          PositiveBucketCounts: ['1', '0', '2'],
          NegativeOffset: 6,
          NegativeBucketCounts: ['4'],
          AggregationTemporality: 2,
          ...withExemplars,
        },
      ],
    ],
    [
      'otel_metrics_summary',
      [
        {
          MetricName: 's',
          Count: '3',
          Sum: 4.5,
          'ValueAtQuantiles.Quantile': [0.5, 1],
          'ValueAtQuantiles.Value': [2, 9],
        },
      ],
    ],
  ])('%s shows each point once, with what its series, resource and exemplars say', async (view, expected) => {
    const rows = await database.rows(
      `SELECT * FROM ${view} WHERE ServiceName = 'values' ORDER BY MetricName, TimeUnix`,
    )
    expect(rows).toEqual(expected.map((row) => ({ ...common, ...row })))
  })
})
