import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { encodeLogsRequest, stringAttributes } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { KnownSpans } from './support/known-spans.ts'
import { postProtobuf } from './support/post-protobuf.ts'

/**
 * Scenario: a gateway that stores its own metrics, and data of two signals. Guarantees: what is stored of them is what /metrics and the ledger in ClickHouse
 * say, under Weir's resource and the right tenant; each publication has as many points as the one before, so nothing feeds itself.
 */

const LOGS = 120

/** Numbers of a scrape, by the whole line before them. */
async function scrape(api: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${api}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

const GENERATED = 'weir_records_generated_total{signal="metrics"}'

/** Until the own metrics were published this many times more. */
async function published(api: string, times: number): Promise<void> {
  for (let seen = 0, last = (await scrape(api)).get(GENERATED) ?? 0; seen < times; ) {
    await delay(50)
    const now = (await scrape(api)).get(GENERATED) ?? 0
    if (now > last) seen++
    last = now
  }
}

type Point = { readonly name: string; readonly labels: Record<string, string>; readonly value: number }

const LAST = `SELECT p.MetricName AS name, any(s.Attributes) AS labels, argMax(p.Value, p.TimeUnix) AS value
  FROM samples AS p ANY LEFT JOIN metric_series AS s USING (TenantId, SeriesFingerprint)
  WHERE startsWith(p.MetricName, 'weir_') GROUP BY p.MetricName, p.SeriesFingerprint`

test.for([
  ['single', 'default'],
  ['{mode: multi, static: shop}', 'weir'],
])('tenancy %s: own metrics belong to %s', { timeout: 30_000 }, async ([tenancy, tenant]) => {
  const { urls, readBack } = await startTestGateway(
    `tenancy: ${tenancy}\ntelemetry: {metricsIntervalMs: 400}`,
  )
  await published(urls.api, 1)
  const resource = { attributes: stringAttributes({ 'service.name': 'shop' }) }
  const logRecords = Array.from({ length: LOGS }, (_, i) => ({
    timeUnixNano: BigInt(Date.now()) * 1_000_000n,
    body: { stringValue: `line ${i}` },
  }))
  await postProtobuf(
    urls.http,
    'logs',
    encodeLogsRequest({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
  )
  const spans = new KnownSpans()
  await postProtobuf(urls.http, 'traces', spans.request(90))
  await published(urls.api, 3)
  const scraped = await scrape(urls.api)
  await readBack(async (database) => {
    const points = await database.rows<Point>(LAST)
    const of = (name: string, labels: Record<string, string>): number | undefined =>
      points.find(
        (point) =>
          point.name === name && Object.entries(labels).every(([key, value]) => point.labels[key] === value),
      )?.value
    // Beside the figures of /metrics, which nothing but these requests has changed.
    for (const signal of ['logs', 'traces']) {
      const records = signal === 'logs' ? LOGS : spans.spans
      expect(scraped.get(`weir_records_received_total{signal="${signal}"}`)).toBe(records)
      expect(of('weir_records_received_total', { signal })).toBe(records)
    }
    expect(of('weir_request_bytes_total', { signal: 'logs' })).toBe(
      scraped.get('weir_request_bytes_total{signal="logs",transport="http"}'),
    )
    // The ledger's own rows.
    const ledger = await database.rows<{
      tenant: string
      signal: string
      kind: string
      records: number
      bytes: number
    }>(
      `SELECT TenantId AS tenant, Signal AS signal, Kind AS kind, toUInt32(sum(Records)) AS records, toUInt32(sum(Bytes)) AS bytes
       FROM ledger WHERE Signal != 'metrics' GROUP BY tenant, signal, kind`,
    )
    expect(ledger).toHaveLength(4)
    for (const { records, bytes, ...labels } of ledger) {
      expect(of('weir_ledger_records_total', labels)).toBe(records)
      expect(of('weir_ledger_bytes_total', labels)).toBe(bytes)
    }
    // A histogram's buckets, as the scrape adds them up.
    const [fsync] = await database.rows<{ counts: number[]; count: number }>(
      `SELECT arrayMap(n -> toFloat64(n), BucketCounts) AS counts, toFloat64(Count) AS count FROM histogram_samples
       WHERE MetricName = 'weir_request_seconds' ORDER BY TimeUnix DESC LIMIT 1`,
    )
    expect(fsync!.counts.reduce((a, b) => a + b, 0)).toBe(fsync!.count)
    expect(fsync!.count).toBe(1)
    const owners = await database.rows(
      `SELECT DISTINCT s.TenantId AS tenant, r.ServiceName AS service, r.Attributes['service.instance.id'] = s.GatewayId AS own
       FROM samples AS s ANY LEFT JOIN resources AS r USING (TenantId, ResourceFingerprint) WHERE startsWith(MetricName, 'weir_')`,
    )
    expect(owners).toEqual([{ tenant, service: 'weir', own: 1 }])
    const sizes = await database.rows<{ n: number }>(
      `SELECT toUInt32(count()) AS n FROM samples WHERE Value > 0 OR MetricName = 'weir_engine_up' GROUP BY TimeUnix ORDER BY TimeUnix DESC LIMIT 2`,
    )
    expect(Math.abs(sizes[0]!.n - sizes[1]!.n)).toBeLessThan(10)
  })
})

test('0 turns them off', async () => {
  const { readBack } = await startTestGateway('telemetry: {metricsIntervalMs: 0}')
  await readBack(async (database) => {
    expect(await database.rows('SELECT 1 FROM samples LIMIT 1')).toEqual([])
  })
})
