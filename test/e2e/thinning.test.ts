import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import type { Database } from '../../src/store/database.ts'
import {
  encodeLogsRequest,
  encodeMetricsRequest,
  encodeTracesRequest,
  type LogRecord,
  stringAttributes,
} from '../otlp/proto.ts'
import { startTestEngine } from '../support/engine.ts'
import { startTestGateway } from '../support/gateway.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { WeirProcess } from './support/weir-process.ts'

/**
 * Scenario: all processors that thin, and one behind them that redacts, in a gateway that is stopped, started and killed. Guarantees: what ClickHouse
 * holds is what the ledger says; over clean restarts every log that dedup dropped is counted in a summary.
 */

const YAML = `
telemetry: {metricsIntervalMs: 0}
processors:
  sample: {sampling_percentage: 50, keep: ['attributes["repeated"] == "yes"'], signals: [logs, traces]}
  throttle: {recordsPerSecond: 0.001, burst: 40, by: [service.name], conditions: ['attributes["loop"] == "yes"']}
  dedup: {interval: 1h, exclude_fields: [attributes.n]}
  interval: {interval: 1h}
  redact: {}
`

let sent = 0

/** Repeated lines with a secret, lines of a loop, lines that are sampled. */
async function send(http: string): Promise<void> {
  const timeNs = BigInt(Date.now()) * 1_000_000n
  const record = (stringValue: string, attributes: Record<string, string>): LogRecord => ({
    timeUnixNano: timeNs + BigInt(sent++),
    body: { stringValue },
    attributes: stringAttributes(attributes),
  })
  const logRecords = Array.from({ length: 90 }, (_, i) => {
    if (i % 3 === 0) return record('mail to ada@example.com failed', { repeated: 'yes', n: `${i}` })
    if (i % 3 === 1) return record(`loop ${sent}`, { repeated: 'yes', loop: 'yes' })
    return record(`line ${sent}`, {})
  })
  const resource = { attributes: stringAttributes({ 'service.name': 'shop' }) }
  const post = (signal: Signal, body: Buffer): Promise<void> => postProtobuf(http, signal, body)
  await post('logs', encodeLogsRequest({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }))
  const spans = Array.from({ length: 50 }, (_, i) => ({
    traceId: createHash('md5').update(String(i)).digest(),
    spanId: Buffer.alloc(8, 1),
    startTimeUnixNano: timeNs,
    endTimeUnixNano: timeNs + 1n,
  }))
  await post('traces', encodeTracesRequest({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
  const dataPoints = Array.from({ length: 10 }, (_, i) => ({ timeUnixNano: timeNs + BigInt(i), asInt: i }))
  const metrics = [
    { name: 'gauge', gauge: { dataPoints } },
    { name: 'delta', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } },
  ]
  await post(
    'metrics',
    encodeMetricsRequest({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  )
}

type Sums = Readonly<Record<string, number>>

async function sumsOf(database: Database): Promise<Sums> {
  const rows = await database.rows<{ of: string; records: number }>(
    `SELECT Signal || ' ' || Kind || if(Reason = '', '', ' ' || Reason) AS of, toUInt32(sum(Records)) AS records FROM ledger GROUP BY of`,
  )
  return Object.fromEntries(rows.map(({ of, records }) => [of, records]))
}

const count = async (database: Database, what: string): Promise<number> =>
  (await database.rows<{ n: number }>(`SELECT toUInt32(${what}) AS n FROM logs`))[0]!.n

const TABLES: Readonly<Record<Signal, string>> = { logs: 'logs', traces: 'spans', metrics: 'samples' }

/** What is stored is what the ledger says, and it balances. */
async function balances(database: Database, sums: Sums): Promise<void> {
  for (const [signal, table] of Object.entries(TABLES)) {
    const of = (kind: string): number =>
      Object.entries(sums).reduce(
        (sum, [name, records]) => sum + (name.startsWith(`${signal} ${kind}`) ? records : 0),
        0,
      )
    const [rows] = await database.rows<{ n: number }>(`SELECT toUInt32(count()) AS n FROM ${table}`)
    expect(rows!.n, signal).toBe(of('stored'))
    expect(of('received') + of('generated'), signal).toBe(of('stored') + of('dropped') + of('rejected'))
  }
}

test('over restarts: the ledger balances, and what was dropped as repeated is counted', {
  timeout: 60_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-thinning-'))
  const first = await startTestGateway(YAML, { dataDir })
  await send(first.urls.http)
  await send(first.urls.http)
  await first.gateway.stop()
  const { urls, readBack } = await startTestGateway(YAML, { dataDir })
  await send(urls.http)
  await readBack(async (database) => {
    const sums = await sumsOf(database)
    await balances(database, sums)
    // 30 repeated lines a request, of which the first of each run passes; 30 of a loop a request, of which 40 a run.
    expect(sums).toMatchObject({
      'logs received': 270,
      'logs dropped dedup': 3 * 30 - 2,
      'logs dropped throttle': 20 + 0,
      'logs generated': 2,
      'metrics received': 60,
      'metrics dropped interval': 30 - 2,
      'traces received': 150,
    })
    expect(sums['traces dropped sample']).toBeGreaterThan(40)
    expect(sums['logs dropped sample']).toBeGreaterThan(20)
    expect(
      await count(database, "sumIf(toUInt64OrZero(LogAttributes['log_count']), Body LIKE 'mail to %')"),
    ).toBe(88)
    // What the processor behind redacts is redacted in the summaries too.
    expect(await count(database, "countIf(Body LIKE '%ada@example.com%')")).toBe(0)
    expect(
      await count(database, "countIf(mapContains(LogAttributes, 'log_count') AND Body LIKE 'mail to %')"),
    ).toBe(2)
    const counts = await database.rows(
      "SELECT LogAttributeTypes, LogAttributes['n'] AS n FROM logs WHERE mapContains(LogAttributes, 'log_count')",
    )
    expect(new Set(counts.map((row) => JSON.stringify(row)))).toEqual(
      new Set(['{"LogAttributeTypes":"siss","n":""}']),
    )
  })
})

test('over a kill: the ledger balances, and at worst summaries are missing', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-thinning-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const yaml = `listen: {grpc: off, http: 127.0.0.1:0, api: off}\ninserter: {groupAgeMs: 50, thinGroupAgeMs: 50}${YAML}`
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const weir = await WeirProcess.spawn(folder, yaml)
    const { http } = await weir.ready
    await send(http)
    weir.kill(signal)
    await weir.exited
  }
  const { engine, stop } = await startTestEngine({ directory: join(folder, 'clickhouse') })
  try {
    const sums = await sumsOf(engine.writer)
    await balances(engine.writer, sums)
    expect(sums).toMatchObject({ 'logs received': 180, 'logs dropped dedup': 58, 'logs generated': 1 })
  } finally {
    await stop()
  }
})
