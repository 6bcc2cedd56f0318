import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { logs } from '../../../src/store/tables/logs.ts'
import { resources } from '../../../src/store/tables/resources.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { aRecord, aResource, aScope, logBatch, rowsOf } from '../native/log-batch.ts'
import { blockOf, insert } from '../native/native-table.ts'

const LC = 'LowCardinality(String)'
const MAP = 'Map(LowCardinality(String), String)'
/**
 * The columns of `otel_logs` as clickhouseexporter v0.161.0 makes them
 * (opentelemetry-collector-contrib, exporter/clickhouseexporter/internal/sqltemplates/logs_table.sql).
 */
const EXPORTER_COLUMNS = [
  ['Timestamp', 'DateTime64(9)'],
  ['TraceId', 'String'],
  ['SpanId', 'String'],
  ['TraceFlags', 'UInt8'],
  ['SeverityText', LC],
  ['SeverityNumber', 'UInt8'],
  ['ServiceName', LC],
  ['Body', 'String'],
  ['ResourceSchemaUrl', LC],
  ['ResourceAttributes', MAP],
  ['ScopeSchemaUrl', LC],
  ['ScopeName', 'String'],
  ['ScopeVersion', LC],
  ['ScopeAttributes', MAP],
  ['LogAttributes', MAP],
  ['EventName', 'String'],
  ['__otel_materialized_k8s.cluster.name', LC],
  ['__otel_materialized_k8s.container.name', LC],
  ['__otel_materialized_k8s.deployment.name', LC],
  ['__otel_materialized_k8s.namespace.name', LC],
  ['__otel_materialized_k8s.node.name', LC],
  ['__otel_materialized_k8s.pod.name', LC],
  ['__otel_materialized_k8s.pod.uid', LC],
  ['__otel_materialized_deployment.environment.name', LC],
]

const DAY_MS = 86_400_000
const today = Math.floor(Date.now() / DAY_MS)
const nsOf = (day: number, ms: number) => BigInt(day * DAY_MS + ms) * 1_000_000n
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('otel_logs', () => {
  let server: TestEngine
  let database: Database
  beforeAll(async () => {
    server = await startTestEngine()
    database = server.engine.writer
    await migrate(database)
    const other = { ...aResource, tenantId: 'other', serviceName: 'other', attributeValues: ['x', 'other'] }
    const known = [
      { resource: aResource, day: today - 1 },
      { resource: aResource, day: today },
      // The same fingerprint under another tenant is another resource.
      { resource: other, day: today },
    ]
    for (const entry of [...known, ...known])
      await insert(database, resources, [blockOf(resources, { count: 1, entries: [entry], ttlDays: 30 })])
    const lost = { ...aResource, fingerprintLow: 1 }
    const scope = { ...aScope, name: 'lib', version: '1.2', schemaUrl: 'https://s', attributes: [] }
    const records = [
      { ...aRecord, time: nsOf(today - 1, 5), traceId: TRACE, spanId: SPAN, flags: 1, eventName: 'boot' },
      { ...aRecord, time: nsOf(today, 6), resource: 1 },
      { ...aRecord, time: nsOf(today, 7), resource: 2 },
    ]
    const found = [aResource, other, lost]
    // One partition a block, as the gateway sends them.
    for (const record of records)
      await insert(database, logs, [blockOf(logs, rowsOf(logBatch([record], [scope], 3), found))])
  })
  afterAll(() => server?.stop())

  test('has the columns of the exporter, in name, order and type; the time names its zone', async () => {
    const columns = await database.rows<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'otel_logs' ORDER BY position",
    )
    const expected = EXPORTER_COLUMNS.map(([name, type]) => ({
      name,
      type: name === 'Timestamp' ? "DateTime64(9, 'UTC')" : type,
    }))
    expect(columns).toEqual(expected)
  })

  test('shows each row once, with the resource of its tenant and day; without one it is still shown', async () => {
    const rows = await database.rows<Record<string, unknown>>('SELECT * FROM otel_logs ORDER BY Timestamp')
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatchObject({
      TraceId: TRACE,
      SpanId: SPAN,
      TraceFlags: 1,
      SeverityText: 'INFO',
      SeverityNumber: 9,
      ServiceName: 'checkout',
      Body: 'it works',
      EventName: 'boot',
      ScopeName: 'lib',
      ScopeVersion: '1.2',
      ScopeSchemaUrl: 'https://s',
      ResourceSchemaUrl: aResource.schemaUrl,
      ResourceAttributes: { 'k8s.pod.name': 'checkout-7d9f', 'service.name': 'checkout' },
      '__otel_materialized_k8s.pod.name': 'checkout-7d9f',
    })
    expect(rows[1]).toMatchObject({
      TraceId: '',
      SpanId: '',
      ServiceName: 'other',
      ResourceAttributes: { 'k8s.pod.name': 'x', 'service.name': 'other' },
    })
    expect(rows[2]).toMatchObject({ ServiceName: 'checkout', ResourceAttributes: {}, ResourceSchemaUrl: '' })
  })

  const plan = async (where: string) =>
    (
      await database.rows<{ explain: string }>(
        `EXPLAIN indexes = 1 SELECT Body FROM otel_logs WHERE ${where}`,
      )
    )
      .map(({ explain }) => explain)
      .join('\n')

  test('the trace id finds its index through the view, and skips', async () => {
    expect(await plan(`TraceId = '${TRACE}'`)).toContain('Name: idx_trace_id')
    const absent = `${TRACE.slice(0, -1)}d`
    expect(await plan(`TraceId = '${absent}'`)).toMatch(/Name: idx_trace_id[\s\S]*?Parts: 0\/3/)
  })

  test('a time range reads only its days, and words of a body use their index', async () => {
    expect(await plan(`Timestamp >= toDateTime(${today * 86_400}, 'UTC')`)).toMatch(
      /Min-Max[\s\S]*?Parts: 2\/3/,
    )
    expect(await plan("lower(Body) LIKE '%works%'")).toContain('Name: idx_body')
  })
})
