import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { startTestApi, type TestApi } from '../support.ts'
import { emptyLogs, inOrder, insertRows, type TestRow, testRow } from './store.ts'

/** Pages of a LogQL query keep what pages promise: every record once, in the total order, however many share a nanosecond. */

let engine: TestEngine
let writer: Database
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  writer = engine.engine.writer
  await migrate(writer)
  api = await startTestApi({ reader: engine.engine.reader })
})
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})
beforeEach(async () => {
  await emptyLogs(writer)
  const day = new Date(Number(BASE / 1_000_000n)).toISOString().slice(0, 10)
  await writer.command(
    `INSERT INTO ${writer.name}.resources (TenantId, ResourceFingerprint, Day, AppId, RetentionDays, Attributes, AttributeTypes) VALUES
      ('default', 1, '${day}', 'app', 365, {'service.name': 'shop', 'host.name': 'node-1'}, 'ss'),
      ('default', 2, '${day}', 'app', 365, {'service.name': 'other'}, 's')`,
  )
})

const MINUTE = 60_000_000_000n
const DAY = 1440n * MINUTE
/** Noon of yesterday: resources are kept by day. */
const BASE = ((BigInt(Date.now()) * 1_000_000n) / DAY) * DAY - 720n * MINUTE
const RANGE = `start=${BASE - MINUTE}&end=${BASE + MINUTE}`

type Found = {
  readonly seq: string
  readonly gatewayId: string
  readonly timestampNs: string
  readonly body: string
}
const keyOf = ({ seq, gatewayId, timestampNs, body }: Found): string =>
  `${timestampNs}/${seq}/${gatewayId}/${body}`
const keyOfRow = ({ seq, gateway, time, body }: TestRow): string => `${time}/${seq}/${gateway}/${body}`

async function readAll(parameters: string, sizes: ReadonlyArray<number>): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | null = null
  for (let page = 0; page === 0 || cursor !== null; page++) {
    const limit = sizes[page % sizes.length]!
    const path = `/api/v1/logs?${parameters}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`
    const { status, text } = await api.get(path, page % 2 === 1 ? { accept: 'application/x-ndjson' } : {})
    if (status !== 200) throw new Error(text)
    const lines =
      page % 2 === 1
        ? text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
        : []
    const answer = page % 2 === 1 ? { records: lines.slice(0, -1), ...lines.at(-1) } : JSON.parse(text)
    cursor = answer.nextCursor
    if (cursor !== null) expect(answer.records).toHaveLength(limit)
    keys.push(...(answer.records as Found[]).map(keyOf))
  }
  return keys
}

describe('pages of a query', () => {
  it.each([
    ['forward', '{service_name="shop"}', () => true],
    ['backward', '{service_name="shop"}', () => true],
    ['backward', '{service_name="shop"} |= "7"', (row: TestRow) => row.body.includes('7')],
    [
      'forward',
      '{service_name="shop"} | logfmt | n >= 9000 | label_format n="x"',
      (row: TestRow) => Number(row.body.slice(2)) >= 9000,
    ],
  ] as const)('%s, %s: 10,000 records of one nanosecond', async (direction, query, keeps) => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      testRow({
        time: BASE,
        seq: BigInt((i * 7919) % 10_000),
        gateway: i % 3 === 0 ? 'gw-b' : 'gw-a',
        fingerprint: i % 10 === 0 ? 2n : 1n,
        body: `n=${i}`,
      }),
    )
    await insertRows(writer, rows)
    const expected = inOrder(rows.filter((row) => row.fingerprint === 1n && keeps(row))).map(keyOfRow)
    if (direction === 'backward') expected.reverse()
    const parameters = `${RANGE}&direction=${direction}&query=${encodeURIComponent(query)}`
    expect(await readAll(parameters, [997, 4500])).toEqual(expected)
    expect(await readAll(parameters, [10_000])).toEqual(expected)
  })

  it('end when their bytes are enough, and go on from there', async () => {
    const rows = Array.from({ length: 150 }, (_, i) =>
      testRow({ time: BASE + BigInt(i % 3), seq: BigInt(i), body: `${i} ${'x'.repeat(200_000)}` }),
    )
    await insertRows(writer, rows)
    const parameters = `${RANGE}&direction=forward&limit=1000&query=${encodeURIComponent('{service_name="shop"}')}`
    const bodies: string[] = []
    let cursor: string | null | undefined
    let pages = 0
    for (; cursor !== null; pages++) {
      const { json } = await api.get(
        `/api/v1/logs?${parameters}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      )
      bodies.push(...json.records.map(({ body }) => body.split(' ')[0]!))
      cursor = json.nextCursor
    }
    expect(pages).toBe(2)
    expect(bodies).toEqual(inOrder(rows).map(({ body }) => body.split(' ')[0]))
  })

  it('a record is told with its line as the query left it, its labels, and all that is stored', async () => {
    await insertRows(writer, [testRow({ time: BASE, seq: 5n, body: '{"msg":"paid","n":7}', severity: 13 })])
    const query = '{service_name="shop"} | json | line_format "{{.msg}}!"'
    const { json } = await api.get(`/api/v1/logs?${RANGE}&query=${encodeURIComponent(query)}`)
    expect(json).toEqual({
      records: [
        expect.objectContaining({
          timestampNs: String(BASE),
          seq: '5',
          body: 'paid!',
          severityNumber: 13,
          labels: { service_name: 'shop' },
          parsed: { msg: 'paid', n: '7' },
          resource: { attributes: { 'service.name': 'shop', 'host.name': 'node-1' } },
        }),
      ],
      nextCursor: null,
    })
  })

  it('a cursor belongs to its query', async () => {
    await insertRows(
      writer,
      [1n, 2n, 3n].map((seq) => testRow({ time: BASE, seq, body: 'x' })),
    )
    const page = (query: string, cursor = '') =>
      api.get(`/api/v1/logs?${RANGE}&limit=1&query=${encodeURIComponent(query)}${cursor}`)
    const { json } = await page('{service_name="shop"}')
    const cursor = `&cursor=${json.nextCursor}`
    expect((await page('{service_name="shop"}', cursor)).status).toBe(200)
    expect((await page('{service_name="shop"} |= "x"', cursor)).json.error.code).toBe('invalid_cursor')
    expect((await api.get(`/api/v1/logs?${RANGE}&limit=1${cursor}`)).json.error.code).toBe('invalid_cursor')
  })
})

describe('the histogram', () => {
  const rows = Array.from({ length: 500 }, (_, i) =>
    testRow({
      time: BASE + BigInt(i) * 100_000_000n,
      seq: BigInt(i),
      severity: [0, 1, 9, 13, 17, 21][i % 6]!,
      body: i % 2 === 0 ? 'even' : 'odd',
    }),
  )
  const LEVELS = ['unknown', 'trace', 'info', 'warn', 'error', 'fatal']

  /** The same, counted plainly. */
  function counted(stepNs: bigint, keeps: (row: TestRow) => boolean) {
    const buckets = new Map<bigint, Record<string, number>>()
    const start = BASE - MINUTE
    for (const [i, row] of rows.entries()) {
      if (!keeps(row)) continue
      const bucket = (row.time - start) / stepNs
      const levels = buckets.get(bucket) ?? {}
      levels[LEVELS[i % 6]!] = (levels[LEVELS[i % 6]!] ?? 0) + 1
      buckets.set(bucket, levels)
    }
    return [...buckets].map(([bucket, levels]) => ({
      start: new Date(Number((start + bucket * stepNs) / 1_000_000n)).toISOString().replace('Z', '000000Z'),
      total: Object.values(levels).reduce((a, b) => a + b, 0),
      levels,
    }))
  }

  it.each([
    ['', () => true],
    ['&text=odd', (row: TestRow) => row.body === 'odd'],
    ['&severity=warn', (row: TestRow) => row.severity >= 13],
    [`&query=${encodeURIComponent('{service_name="shop"}')}`, () => true],
    [`&query=${encodeURIComponent('{service_name="shop"} |= "odd"')}`, (row: TestRow) => row.body === 'odd'],
  ] as const)('%s counts every record once', async (filter, keeps) => {
    await insertRows(writer, rows)
    for (const [step, ns] of [
      ['1s', 1_000_000_000n],
      ['7s', 7_000_000_000n],
      ['100ms', 100_000_000n],
    ] as const) {
      const answer = await api.get(`/api/v1/logs/histogram?${RANGE}&step=${step}${filter}`)
      const { buckets, stepMs } = JSON.parse(answer.text) as { buckets: unknown; stepMs: number }
      expect([step, stepMs, buckets]).toEqual([step, Number(ns / 1_000_000n), counted(ns, keeps)])
    }
  })

  it('has about 60 steps, unless told otherwise', async () => {
    const { stepMs } = JSON.parse((await api.get(`/api/v1/logs/histogram?${RANGE}`)).text) as {
      stepMs: number
    }
    expect(stepMs).toBe(2000)
  })
})

describe('the context', () => {
  it('is what the same resource wrote before and after, over ties of a nanosecond', async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      testRow({
        time: BASE + BigInt(i % 4),
        seq: BigInt(i),
        gateway: i % 2 === 0 ? 'gw-a' : 'gw-b',
        fingerprint: i % 3 === 0 ? 2n : 1n,
        body: `n ${i}`,
      }),
    )
    await insertRows(writer, rows)
    const own = inOrder(rows.filter(({ fingerprint }) => fingerprint === 1n))
    for (const at of [0, 1, 17, own.length - 1]) {
      const { time, seq, gateway, body } = own[at]!
      const path = `/api/v1/logs/context?timestampNs=${time}&seq=${seq}&gatewayId=${gateway}&before=5&after=7`
      const answer = JSON.parse((await api.get(path)).text) as {
        before: Found[]
        record: Found
        after: Found[]
      }
      expect(answer.record.body).toBe(body)
      expect(answer.before.map(keyOf)).toEqual(own.slice(Math.max(0, at - 5), at).map(keyOfRow))
      expect(answer.after.map(keyOf)).toEqual(own.slice(at + 1, at + 8).map(keyOfRow))
    }
  })

  it('none is none', async () => {
    await insertRows(writer, [testRow({ time: BASE, seq: 1n }), testRow({ time: BASE, seq: 2n })])
    const path = `/api/v1/logs/context?timestampNs=${BASE}&seq=1&gatewayId=gw-a&before=0&after=0`
    const answer = JSON.parse((await api.get(path)).text) as { before: unknown[]; after: unknown[] }
    expect([answer.before, answer.after]).toEqual([[], []])
  })
})
