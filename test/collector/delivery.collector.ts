import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { freePort } from '../../src/store/engine/ports.ts'
import { byContent, type ExpectedRow, ROW_COLUMNS } from '../e2e/support/expected-row.ts'
import { metricsOf } from '../e2e/support/metrics.ts'
import { expectedRows, request } from '../e2e/support/random-request.ts'
import { numbered, requestOfBodies } from '../e2e/support/records.ts'
import { type Urls, WeirProcess } from '../e2e/support/weir-process.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { startTestEngine } from '../support/engine.ts'
import { collectorBinary } from './binary.ts'
import { CollectorProcess, EXPORTERS, type Exporter } from './collector-process.ts'

/**
 * Scenario: programs send OTLP to a real OpenTelemetry Collector (otlp in, batch, otlp out), which sends it to a
 * gateway process. Guarantees: ClickHouse holds every field of every record, each exactly once, also where the
 * gateway is killed while the collector sends.
 */

beforeAll(() => collectorBinary())

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Site = {
  /** Starts a gateway there; the one before must be gone. */
  start(): Promise<WeirProcess>
  readonly grpc: string
  readonly http: string
  /** Its database, once its last gateway has ended. */
  database(): Promise<Database>
}

/** A data directory and addresses that stay the same over the lives of its gateways. */
async function newSite(commitIntervalMs = 20): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-collector-site-'))
  cleanups.push(() => rm(dataDir, { recursive: true }))
  const grpc = `127.0.0.1:${await freePort()}`
  const http = `127.0.0.1:${await freePort()}`
  const yaml = `
listen: {grpc: '${grpc}', http: '${http}', api: 127.0.0.1:0}
spool: {commitIntervalMs: ${commitIntervalMs}}
inserter: {groupAgeMs: 100, thinGroupAgeMs: 100}
`
  return {
    grpc,
    http,
    async start() {
      const gateway = await WeirProcess.spawn(dataDir, yaml)
      cleanups.push(async () => {
        gateway.kill('SIGKILL')
        await gateway.exited
      })
      await gateway.ready
      return gateway
    },
    async database() {
      const { engine, stop } = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
      cleanups.push(stop)
      return engine.writer
    },
  }
}

async function startCollector(exporter: Exporter, site: Site, timeoutMs?: number): Promise<CollectorProcess> {
  const collector = await CollectorProcess.start(exporter, site, timeoutMs)
  cleanups.push(() => collector.remove())
  return collector
}

/** Resolves when the collector has taken the request. */
async function post(url: string, body: Buffer): Promise<void> {
  const response = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  expect(response.status).toBe(200)
  await response.arrayBuffer()
}

/** How many records can be read back. */
async function countOf(api: string): Promise<number> {
  let count = 0
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await fetch(`${api}/api/v1/logs?limit=10000${cursor && `&cursor=${cursor}`}`)
    const read = (await page.json()) as { records: unknown[]; nextCursor: string | null }
    count += read.records.length
    cursor = read.nextCursor
  }
  return count
}

/** Ends both in order: the collector sends what it holds, the gateway inserts it. */
async function drain(collector: CollectorProcess, gateway: WeirProcess): Promise<Urls> {
  const urls = await gateway.ready
  expect(await collector.drain(), collector.lastLines()).toBe(0)
  return urls
}

async function end(gateway: WeirProcess): Promise<void> {
  gateway.kill('SIGTERM')
  expect(await gateway.exited, gateway.lastLines()).toBe(0)
}

/** What a program with the OpenTelemetry SDK logs. */
async function logWithSdk(address: string): Promise<void> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'checkout', replicas: 3 }),
    processors: [
      new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `http://${address}` }) }),
    ],
  })
  provider.getLogger('http.server', '1.2.3').emit({
    timestamp: [Math.floor(Date.now() / 1000), 123_456_789],
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    eventName: 'order.failed',
    body: { order: 17, items: ['a', 'b'] },
    attributes: { 'http.status_code': 500, ratio: 0.25, retried: true },
  })
  await provider.forceFlush()
  await provider.shutdown()
}

/** Every record, made by `send`, is stored once under its service, and the ledger says so. */
async function expectOnce(database: Database, sent: ReadonlyArray<string>): Promise<void> {
  const rows = await database.rows<{ Body: string; ServiceName: string; times: number }>(
    'SELECT Body, ServiceName, toUInt32(count()) AS times FROM logs GROUP BY Body, ServiceName',
  )
  const stored = new Map(rows.map(({ Body, times }) => [Body, times]))
  expect(sent.filter((body) => stored.get(body) !== 1)).toEqual([])
  expect(rows).toHaveLength(sent.length)
  const serviceOf = (body: string): string => `service-${Number(/\d+/.exec(body)![0]) % 3}`
  expect(rows.filter(({ Body, ServiceName }) => ServiceName !== serviceOf(Body))).toEqual([])
  const [ledger] = await database.rows<{ stored: string }>(
    "SELECT sum(Records) AS stored FROM ledger WHERE Kind = 'stored'",
  )
  expect(ledger).toEqual({ stored: String(sent.length) })
}

/** Sends one request of 50 records; returns their bodies. */
async function send(collector: CollectorProcess, request: number): Promise<string[]> {
  const bodies = numbered(`request ${request}, record`, 50)
  await post(collector.urls.http, requestOfBodies(bodies, `service-${request % 3}`))
  return bodies
}

describe.each(EXPORTERS)('%s', (exporter) => {
  test('every field of every record arrives, once', async () => {
    const site = await newSite()
    const gateway = await site.start()
    const collector = await startCollector(exporter, site)
    const sent = fc.sample(request, 100)
    for (const one of sent) await post(collector.urls.http, encodeLogsRequest(one))
    await logWithSdk(collector.urls.grpc)
    const expected = sent.flatMap(expectedRows)
    const { api } = await drain(collector, gateway)

    const samples = await metricsOf(api)
    const transport = exporter === 'otlp_grpc' ? 'grpc' : 'http'
    const requests = samples.get(`weir_requests_total{signal="logs",transport="${transport}",outcome="ok"}`)
    expect(requests).toBeGreaterThan(0)
    expect(requests).toBeLessThan(sent.length)
    expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(expected.length + 1)
    await end(gateway)

    const database = await site.database()
    const bySdk = `EventName = 'order.failed' AND ServiceName = 'checkout'`
    const rows = await database.rows<ExpectedRow>(`SELECT ${ROW_COLUMNS} FROM logs WHERE NOT (${bySdk})`)
    expect(byContent(rows)).toEqual(byContent(expected))
    const ofSdk = await database.rows(
      `SELECT Body, BodyType, SeverityNumber, LogAttributes, LogAttributeTypes, ScopeName FROM logs WHERE ${bySdk}`,
    )
    expect(ofSdk).toEqual([
      {
        Body: '{"order":17,"items":["a","b"]}',
        BodyType: 'k',
        SeverityNumber: SeverityNumber.ERROR,
        LogAttributes: { 'http.status_code': '500', ratio: '0.25', retried: 'true' },
        LogAttributeTypes: 'idb',
        ScopeName: 'http.server',
      },
    ])
  })

  test('the gateway is killed while the collector sends: everything is there, once', async () => {
    const site = await newSite()
    let gateway = await site.start()
    const collector = await startCollector(exporter, site)
    const sent: string[] = []
    const REQUESTS = 300
    const KILL_AT = [60, 150, 240]
    let restarting: Promise<void> | undefined
    for (let i = 0; i < REQUESTS; i++) {
      sent.push(...(await send(collector, i)))
      if (!KILL_AT.includes(i)) continue
      await restarting
      const { api } = await gateway.ready
      // In the midst of it: some requests were taken, more are on their way.
      await expect
        .poll(async () => (await metricsOf(api)).get('weir_commits_total{outcome="durable"}'), {
          timeout: 30_000,
        })
        .toBeGreaterThan(0)
      gateway.kill('SIGKILL')
      restarting = gateway.exited
        .then(() => site.start())
        .then((next) => {
          gateway = next
        })
    }
    await restarting
    const { api } = await gateway.ready
    // A collector that stops throws away what waits to be sent again.
    await expect.poll(() => countOf(api), { timeout: 60_000, interval: 200 }).toBe(sent.length)
    await drain(collector, gateway)
    await end(gateway)

    await expectOnce(await site.database(), sent)
  })

  test('the collector is less patient than a commit takes: everything is there, once', async () => {
    const site = await newSite(100)
    const gateway = await site.start()
    const { api } = await gateway.ready
    const collector = await startCollector(exporter, site, 60)
    const sent: string[] = []
    for (let i = 0; i < 60; i++) sent.push(...(await send(collector, i)))
    await expect.poll(() => countOf(api), { timeout: 60_000, interval: 200 }).toBe(sent.length)
    expect((await metricsOf(api)).get('weir_requests_repeated_total{signal="logs"}')).toBeGreaterThan(0)
    await drain(collector, gateway)
    await end(gateway)
    await expectOnce(await site.database(), sent)
  })
})
