import { describe, expect, test } from 'vitest'
import { encodeTracesRequest, type Span } from '../../otlp/proto.ts'
import { database, directory, useRealStore } from '../support/real-store.ts'
import { StoreHarness } from '../support/store-harness.ts'
import { columnsOf, LC, MAP, planOf } from '../support/view-columns.ts'

/**
 * Scenario: traces that the store has written, read as the exporter's tables are. Guarantees: the columns of
 * clickhouseexporter v0.161.0 (opentelemetry-collector-contrib, exporter/clickhouseexporter/internal/sqltemplates/
 * traces_table.sql, traces_id_ts_lookup_table.sql) by name, order and type, the values that it writes, and that the
 * filters which its users send are pruned.
 */

useRealStore()

const DAY_NS = 86_400_000_000_000n
const noon = BigInt(Math.floor(Date.now() / 86_400_000)) * DAY_NS - DAY_NS / 2n
const idOf = (fill: number, length = 16): Uint8Array => new Uint8Array(length).fill(fill)
const traceOf = (fill: number): string => Buffer.from(idOf(fill)).toString('hex')

async function store(gatewayId: string, ...requests: Span[][]): Promise<void> {
  const harness = await StoreHarness.open({ directory, database, gatewayId })
  for (const spans of requests)
    await harness.send(
      encodeTracesRequest({
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: gatewayId } }] },
            scopeSpans: [{ scope: { name: 'lib', version: '1' }, spans }],
          },
        ],
      }),
      Date.now(),
      'traces',
    )
  harness.store.start()
  await harness.stop()
  expect(harness.failures).toEqual([])
}

describe('otel_traces', () => {
  test('has the columns of the exporter, in name, order and type', async () => {
    expect(await columnsOf(database, 'otel_traces')).toEqual([
      ['Timestamp', 'DateTime64(9)'],
      ['TraceId', 'String'],
      ['SpanId', 'String'],
      ['ParentSpanId', 'String'],
      ['TraceState', 'String'],
      ['SpanName', LC],
      ['SpanKind', LC],
      ['ServiceName', LC],
      ['ResourceAttributes', MAP],
      ['ScopeName', 'String'],
      ['ScopeVersion', 'String'],
      ['SpanAttributes', MAP],
      ['Duration', 'UInt64'],
      ['StatusCode', LC],
      ['StatusMessage', 'String'],
      ['Events.Timestamp', 'Array(DateTime64(9))'],
      ['Events.Name', `Array(${LC})`],
      ['Events.Attributes', `Array(${MAP})`],
      ['Links.TraceId', 'Array(String)'],
      ['Links.SpanId', 'Array(String)'],
      ['Links.TraceState', 'Array(String)'],
      ['Links.Attributes', `Array(${MAP})`],
    ])
  })

  test('shows kinds and states in the words of the exporter, and absent ids as nothing', async () => {
    const kinds = [0, 1, 2, 3, 4, 5, 6, -1]
    await store(
      'words',
      kinds.map((kind) => ({
        startTimeUnixNano: noon,
        name: `${kind}`,
        kind,
        status: { code: kind },
        links: [{ traceId: idOf(7), spanId: idOf(8, 8) }, {}],
      })),
    )
    const rows = await database.rows<Record<string, unknown>>(
      "SELECT * FROM otel_traces WHERE ServiceName = 'words' ORDER BY toInt32(SpanName)",
    )
    expect(rows.map(({ SpanName, SpanKind, StatusCode }) => [SpanName, SpanKind, StatusCode])).toEqual([
      ['-1', '', ''],
      ['0', 'Unspecified', 'Unset'],
      ['1', 'Internal', 'Ok'],
      ['2', 'Server', 'Error'],
      ['3', 'Client', ''],
      ['4', 'Producer', ''],
      ['5', 'Consumer', ''],
      ['6', '', ''],
    ])
    for (const row of rows)
      expect(row).toMatchObject({
        TraceId: '',
        SpanId: '',
        ParentSpanId: '',
        Duration: '0',
        'Links.TraceId': [traceOf(7), ''],
        'Links.SpanId': ['0808080808080808', ''],
        ResourceAttributes: { 'service.name': 'words' },
      })
  })

  test('the trace id finds its index through the view, and a time range its days', async () => {
    for (const days of [1n, 2n, 3n])
      await store(`pruned-${days}`, [
        { startTimeUnixNano: noon - days * DAY_NS, traceId: idOf(Number(days) + 20) },
      ])
    const present = await planOf(
      database,
      `SELECT SpanName FROM otel_traces WHERE TraceId = '${traceOf(22)}'`,
    )
    const [, parts, all] = /Name: idx_trace_id[\s\S]*?Parts: (\d+)\/(\d+)/.exec(present)!
    expect(Number(all)).toBeGreaterThanOrEqual(4)
    expect(parts).toBe('1')
    const absent = await planOf(
      database,
      `SELECT SpanName FROM otel_traces WHERE TraceId = '${traceOf(250)}'`,
    )
    expect(absent).toMatch(/Name: idx_trace_id[\s\S]*?Parts: 0\//)
    const midnight = (noon - 2n * DAY_NS - DAY_NS / 2n) / 1_000_000_000n
    const range = await planOf(
      database,
      `SELECT SpanName FROM otel_traces WHERE Timestamp >= toDateTime(${midnight}, 'UTC') AND Timestamp < toDateTime(${midnight + 86_400n}, 'UTC')`,
    )
    expect(range).toMatch(/ReadFromMergeTree \([^)]*spans\)[\s\S]*?Min-Max[\s\S]*?Parts: 1\//)
  })
})

describe('otel_traces_trace_id_ts', () => {
  test('has the columns of the exporter, in name, order and type', async () => {
    expect(await columnsOf(database, 'otel_traces_trace_id_ts')).toEqual([
      ['TraceId', 'String'],
      ['Start', 'DateTime'],
      ['End', 'DateTime'],
    ])
  })

  test('tells from when to when a trace was, over requests and midnight, and finds it by its index', async () => {
    const midnight = noon - DAY_NS / 2n
    const span = (startTimeUnixNano: bigint, endTimeUnixNano: bigint, traceId = idOf(99)): Span => ({
      startTimeUnixNano,
      endTimeUnixNano,
      traceId,
    })
    const second = 1_000_000_000n
    await store(
      'times',
      [span(midnight - 5n * second, midnight - 4n * second), span(midnight - 9n * second, midnight + second)],
      [span(midnight + 2n * second, midnight + 30n * second), span(midnight, midnight, idOf(98))],
    )
    const sql = `SELECT min(Start) AS start, max(End) AS end FROM otel_traces_trace_id_ts WHERE TraceId = '${traceOf(99)}'`
    const text = (ns: bigint): string =>
      new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')
    expect(await database.rows(sql)).toEqual([
      { start: text(midnight - 9n * second), end: text(midnight + 30n * second) },
    ])
    expect(await planOf(database, sql)).toContain('Name: idx_trace_id')
  })
})
