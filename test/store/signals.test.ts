import { describe, expect, test } from 'vitest'
import {
  encodeMetricsRequest,
  encodeTracesRequest,
  type KeyValue,
  type Metric,
  type NumberDataPoint,
  type Span,
} from '../otlp/proto.ts'
import { FaultyDatabase } from './support/faulty-database.ts'
import { FaultyDisk } from './support/faulty-disk.ts'
import { database, directory, useRealStore } from './support/real-store.ts'
import { type HarnessOptions, StoreHarness } from './support/store-harness.ts'

/**
 * Scenario: spans and metrics through the real writer into ClickHouse. Guarantees: rows stand in the partition of their
 * UTC day and retention; a series is described once a day and retention, again where its row went to quarantine; each
 * trace has its times, over requests and midnight. The fields are test/e2e's.
 */

useRealStore()

const DAY_NS = 86_400_000_000_000n
/** The last midnight. */
const midnight = BigInt(Math.floor(Date.now() / 86_400_000)) * DAY_NS
const dayOf = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 10)
const service = (name: string): { attributes: KeyValue[] } => ({
  attributes: [{ key: 'service.name', value: { stringValue: name } }],
})

/** Retention by service: `week…` 7 days, others 30. */
function open(gatewayId: string, options: Partial<HarnessOptions> = {}): Promise<StoreHarness> {
  const retentionDaysOf = ({ serviceName }: { serviceName: string }): number =>
    serviceName.startsWith('week') ? 7 : 30
  return StoreHarness.open({ directory, database, gatewayId, retentionDaysOf, ...options })
}

const sendMetrics = (harness: StoreHarness, metrics: Metric[], of = 'shop') =>
  harness.send(
    encodeMetricsRequest({ resourceMetrics: [{ resource: service(of), scopeMetrics: [{ metrics }] }] }),
    Date.now(),
    'metrics',
  )
const sendSpans = (harness: StoreHarness, spans: Span[], of = 'shop') =>
  harness.send(
    encodeTracesRequest({ resourceSpans: [{ resource: service(of), scopeSpans: [{ spans }] }] }),
    Date.now(),
    'traces',
  )

async function drain(harness: StoreHarness): Promise<void> {
  harness.store.start()
  await harness.stop()
  expect(harness.failures).toEqual([])
}

let value = 0
/** A point that no other is like, or its request would be the same one sent again. */
const at = (timeUnixNano: bigint, own: Partial<NumberDataPoint> = {}): NumberDataPoint => ({
  timeUnixNano,
  asInt: value++,
  ...own,
})
const gauge = (name: string, ...dataPoints: NumberDataPoint[]): Metric => ({ name, gauge: { dataPoints } })

/** Where the rows of a metric stand, one line a row. */
const partitionsOf = async (table: string, where: string): Promise<string[]> =>
  (
    await database.rows<{ partition: string }>(
      `SELECT concat(toString(_partition_value.1), '/', toString(_partition_value.2)) AS partition FROM ${table}
       WHERE ${where} ORDER BY partition`,
    )
  ).map(({ partition }) => partition)

describe('partitions', () => {
  const yesterday = dayOf(midnight - 1n)
  const today = dayOf(midnight)
  const times = [midnight - 1n, midnight]
  const all = [`${yesterday}/30`, `${yesterday}/7`, `${today}/30`, `${today}/7`]

  test('spans and the times of their traces', async () => {
    const harness = await open('partitions-spans')
    const traceId = new Uint8Array(16).fill(1)
    for (const of of ['shop', 'week'])
      await sendSpans(
        harness,
        times.map((startTimeUnixNano) => ({ startTimeUnixNano, traceId, name: `split by ${of}` })),
        of,
      )
    await drain(harness)
    expect(await partitionsOf('spans', "startsWith(SpanName, 'split by')")).toEqual(all)
    expect(await partitionsOf('trace_times', "TraceId = unhex(repeat('01', 16))")).toEqual(all)
  })

  test('points of every kind, their exemplars and series', async () => {
    const harness = await open('partitions-points')
    const exemplars = [{ timeUnixNano: 1n, asInt: 1 }]
    const points = times.map((timeUnixNano) => ({ timeUnixNano, exemplars }))
    const kinds = {
      samples: { gauge: { dataPoints: points.map((point) => ({ ...point, asInt: 1 })) } },
      histogram_samples: { histogram: { dataPoints: points } },
      exp_histogram_samples: { exponentialHistogram: { dataPoints: points } },
      summary_samples: { summary: { dataPoints: times.map((timeUnixNano) => ({ timeUnixNano })) } },
    }
    const metrics = Object.entries(kinds).map(
      ([table, kind]): Metric => ({ name: `split ${table}`, ...kind }),
    )
    for (const of of ['shop', 'week']) await sendMetrics(harness, metrics, of)
    await drain(harness)
    for (const table of Object.keys(kinds)) {
      expect(await partitionsOf(table, `MetricName = 'split ${table}'`)).toEqual(all)
      expect(await partitionsOf('metric_series', `MetricName = 'split ${table}'`)).toEqual(all)
      const expected = table === 'summary_samples' ? [] : all
      expect(await partitionsOf('exemplars', `MetricName = 'split ${table}'`)).toEqual(expected)
    }
  })
})

/** Day and retention of each row of a metric's series, as inserted. */
const seriesOf = (name: string): Promise<string[]> => partitionsOf('metric_series', `MetricName = '${name}'`)

describe('a series', () => {
  const today = dayOf(midnight)

  test('is described once, and again on another day or under another retention', async () => {
    const harness = await open('once')
    for (let i = 0; i < 5; i++) await sendMetrics(harness, [gauge('once', at(midnight + BigInt(i)))])
    await sendMetrics(harness, [gauge('once', at(midnight - 1n), at(midnight + 9n))])
    for (let i = 0; i < 2; i++) await sendMetrics(harness, [gauge('once', at(midnight))], 'week')
    await drain(harness)
    expect(await seriesOf('once')).toEqual([`${dayOf(midnight - 1n)}/30`, `${today}/30`, `${today}/7`])
  })

  test('is the same whatever the order of its attributes, and another with each value', async () => {
    const harness = await open('order')
    const a: KeyValue = { key: 'a', value: { stringValue: '1' } }
    const b: KeyValue = { key: 'b', value: { intValue: 1 } }
    const text: KeyValue = { key: 'b', value: { stringValue: '1' } }
    for (const attributes of [[a, b], [b, a], [a, text], [a], [a, b]])
      await sendMetrics(harness, [gauge('order', at(midnight, { attributes }))])
    await drain(harness)
    expect(await seriesOf('order')).toHaveLength(3)
    const [points] = await database.rows(
      "SELECT uniqExact(SeriesFingerprint) AS series, count() AS points FROM samples WHERE MetricName = 'order'",
    )
    expect(points).toEqual({ series: '3', points: '5' })
  })

  test('of a commit that the disk refused is described by the next', async () => {
    const disk = new FaultyDisk()
    const harness = await open('refused', { disk })
    disk.faults.push({ path: 'segments', operation: 'sync', code: 'EIO' })
    await expect(sendMetrics(harness, [gauge('refused', at(midnight))])).rejects.toThrow()
    await sendMetrics(harness, [gauge('refused', at(midnight + 1n))])
    harness.store.start()
    await harness.stop()
    expect(await seriesOf('refused')).toEqual([`${today}/30`])
    expect(await partitionsOf('samples', "MetricName = 'refused'")).toHaveLength(1)
  })

  test('whose row went to quarantine is described again with its next point', async () => {
    const faulty = new FaultyDatabase(database, 'metric_series')
    faulty.faults.push('refused')
    const harness = await open('quarantine', { database: faulty })
    harness.store.start()
    await sendMetrics(harness, [gauge('quarantined', at(midnight))])
    await expect.poll(() => harness.quarantined, { timeout: 20_000 }).toEqual(['metric_series: injected'])
    expect(await seriesOf('quarantined')).toEqual([])
    await sendMetrics(harness, [gauge('quarantined', at(midnight + 1n))])
    await harness.stop()
    expect(await seriesOf('quarantined')).toEqual([`${today}/30`])
    // The first point waits for nobody.
    expect(await partitionsOf('samples', "MetricName = 'quarantined'")).toHaveLength(2)
  })
})

describe('the times of a trace', () => {
  const second = 1_000_000_000n
  const traceId = (fill: number): Uint8Array => new Uint8Array(16).fill(fill)
  const span = (start: number, end: number, fill: number): Span => ({
    startTimeUnixNano: midnight + BigInt(start) * second,
    endTimeUnixNano: midnight + BigInt(end) * second,
    traceId: traceId(fill),
  })
  const timesOf = (fill: number) =>
    database.rows(
      `SELECT Day, toString(toInt64((toUnixTimestamp64Nano(min(Start)) - ${midnight}) / 1000000000)) AS start,
       toString(toInt64((toUnixTimestamp64Nano(max(End)) - ${midnight}) / 1000000000)) AS end FROM trace_times
       WHERE TraceId = unhex(repeat('${fill.toString(16).padStart(2, '0')}', 16)) GROUP BY Day ORDER BY Day`,
    )

  test('are of all its spans, in one request and several; each day has its own', async () => {
    const harness = await open('times')
    await sendSpans(harness, [span(-20, -10, 31), span(5, 6, 32), span(-30, -25, 31), span(-5, 40, 31)])
    await sendSpans(harness, [span(3, 4, 31), span(1, 90, 31), span(4, 5, 32)])
    await sendSpans(harness, [span(2, 3, 31)])
    await drain(harness)
    expect(await timesOf(31)).toEqual([
      { Day: dayOf(midnight - 1n), start: '-30', end: '40' },
      { Day: dayOf(midnight), start: '1', end: '90' },
    ])
    expect(await timesOf(32)).toEqual([{ Day: dayOf(midnight), start: '4', end: '6' }])
  })

  test('of thousands of traces in one request are each found', async () => {
    const harness = await open('many')
    const idOf = (number: number): Uint8Array => {
      const id = Buffer.alloc(16, 0x55)
      id.writeUInt32LE(number, 0)
      return id
    }
    const spans = Array.from(
      { length: 6000 },
      (_, i): Span => ({ ...span(i % 7, 10 + (i % 11), 0), traceId: idOf(i % 3000) }),
    )
    await sendSpans(harness, spans)
    await drain(harness)
    const [found] = await database.rows(
      `SELECT count() AS rows, uniqExact(TraceId) AS traces FROM trace_times WHERE endsWith(TraceId, unhex(repeat('55', 12)))`,
    )
    expect(found).toEqual({ rows: '3000', traces: '3000' })
    const [wrong] = await database.rows(
      `SELECT count() AS wrong FROM (SELECT TraceId, min(Timestamp) AS first,
         max(toUnixTimestamp64Nano(Timestamp) + Duration) AS last FROM spans WHERE endsWith(TraceId, unhex(repeat('55', 12)))
         GROUP BY TraceId) AS span LEFT JOIN trace_times USING TraceId
       WHERE first != Start OR last != toUnixTimestamp64Nano(End)`,
    )
    expect(wrong).toEqual({ wrong: '0' })
  })

  test('a span without a trace id has none', async () => {
    const before = await database.rows('SELECT count() AS n FROM trace_times')
    const harness = await open('none')
    await sendSpans(harness, [{ startTimeUnixNano: midnight }])
    await drain(harness)
    expect(await database.rows('SELECT count() AS n FROM trace_times')).toEqual(before)
  })
})
