import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { startTestApi, type TestApi } from '../support.ts'
import { emptyLogs, inOrder, insertRows, type TestRow, testRow } from './store.ts'

let engine: TestEngine
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
  api = await startTestApi({ reader: engine.engine.reader })
})
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})
beforeEach(() => emptyLogs(engine.engine.writer))

const MINUTE = 60_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / MINUTE) * MINUTE - 30n * MINUTE
const RANGE = `start=${BASE - MINUTE}&end=${BASE + MINUTE}`

type Found = { readonly seq: string; readonly gatewayId: string; readonly timestampNs: string }
const keyOf = ({ seq, gatewayId, timestampNs }: Found): string => `${timestampNs}/${seq}/${gatewayId}`
const keyOfRow = ({ seq, gateway, time }: TestRow): string => `${time}/${seq}/${gateway}`

/** Follows nextCursor to the end, each page of the next size, in turns as JSON and as NDJSON. */
async function readAll(query: string, sizes: ReadonlyArray<number>): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | null = null
  for (let page = 0; page === 0 || cursor !== null; page++) {
    const limit = sizes[page % sizes.length]!
    const path = `/api/v1/logs?${query}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`
    const ndjson = page % 2 === 1
    const answer = await api.get(path, ndjson ? { accept: 'application/x-ndjson' } : {})
    if (answer.status !== 200) throw new Error(answer.text)
    const lines = ndjson
      ? answer.text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
    const records: ReadonlyArray<Found> = ndjson ? lines.slice(0, -1) : answer.json.records
    cursor = ndjson ? lines.at(-1).nextCursor : answer.json.nextCursor
    if (cursor !== null) expect(records).toHaveLength(limit)
    keys.push(...records.map(keyOf))
  }
  return keys
}

describe('paging', () => {
  it('gives every row exactly once and in order, however many share a nanosecond', async () => {
    const row = fc.record({
      time: fc.integer({ min: 0, max: 3 }).map((ns) => BASE + BigInt(ns)),
      seq: fc.bigInt({ min: 2n ** 63n - 4n, max: 2n ** 63n + 4n }),
      gateway: fc.constantFrom('gw-a', 'gw-b', 'gw-ä', 'GW', ''),
      app: fc.constantFrom('a', 'b'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, {
          maxLength: 40,
          selector: ({ time, seq, gateway }) => `${time}/${seq}/${gateway}`,
        }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('forward', 'backward'),
        async (made, sizes, direction) => {
          await emptyLogs(engine.engine.writer)
          const rows = made.map((part) => testRow(part))
          await insertRows(engine.engine.writer, rows)
          const expected = inOrder(rows).map(keyOfRow)
          if (direction === 'backward') expected.reverse()
          expect(await readAll(`${RANGE}&direction=${direction}`, sizes)).toEqual(expected)
        },
      ),
      { numRuns: 15 },
    )
  })

  it.each(['forward', 'backward'])(
    'holds over thousands of rows on one nanosecond, past the rows held at once: %s',
    async (direction) => {
      const rows = Array.from({ length: 6_000 }, (_, i) =>
        testRow({ time: BASE, seq: BigInt((i * 7919) % 6_000), gateway: i % 3 === 0 ? 'gw-b' : 'gw-a' }),
      )
      await insertRows(engine.engine.writer, rows)
      const expected = inOrder(rows).map(keyOfRow)
      if (direction === 'backward') expected.reverse()
      expect(await readAll(`${RANGE}&direction=${direction}`, [997, 4_500])).toEqual(expected)
      expect(await readAll(`${RANGE}&direction=${direction}`, [10_000])).toEqual(expected)
    },
  )

  it('ends a page early when its bytes are enough, and goes on from there', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      testRow({ time: BASE + BigInt(i), seq: BigInt(i), body: 'x'.repeat(200_000) }),
    )
    await insertRows(engine.engine.writer, rows)
    const small = await startTestApi({ reader: engine.engine.reader, query: { resultBytesMax: 2 ** 20 } })
    try {
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const answer = await small.get(
          `/api/v1/logs?${RANGE}&limit=40${cursor === null ? '' : `&cursor=${cursor}`}`,
        )
        expect(answer.text.length).toBeLessThan(2 ** 20 + 300_000)
        seen.push(...answer.json.records.map(keyOf))
        cursor = answer.json.nextCursor
      } while (cursor !== null)
      expect(seen).toEqual(inOrder(rows).map(keyOfRow).reverse())
    } finally {
      await small.stop()
    }
  })

  it('takes the start of the range in and leaves its end out', async () => {
    const rows = [-1n, 0n, 1n, 2n].map((offset, i) => testRow({ time: BASE + offset, seq: BigInt(i) }))
    await insertRows(engine.engine.writer, rows)
    expect(await readAll(`start=${BASE}&end=${BASE + 2n}&direction=forward`, [10])).toEqual(
      rows.slice(1, 3).map(keyOfRow),
    )
    expect(await readAll(`start=${BASE}&end=${BASE}`, [10])).toEqual([])
  })

  it('reads the last hour unless told otherwise, and its cursor keeps that hour', async () => {
    const nowMs = Number(BASE / 1_000_000n)
    const rows = [0n, 1n, 59n * MINUTE, 61n * MINUTE].map((ago, i) =>
      testRow({ time: BASE - ago, seq: BigInt(i) }),
    )
    await insertRows(engine.engine.writer, rows)
    let clockMs = nowMs
    const clocked = await startTestApi({ reader: engine.engine.reader, nowMs: () => clockMs })
    try {
      const first = await clocked.get('/api/v1/logs?limit=2')
      expect(first.json.records.map(keyOf)).toEqual(rows.slice(0, 2).map(keyOfRow))
      clockMs += 10 * 60_000
      const second = await clocked.get(`/api/v1/logs?limit=2&cursor=${first.json.nextCursor}`)
      expect(second.json.records.map(keyOf)).toEqual([keyOfRow(rows[2]!)])
      expect(second.json.nextCursor).toBeNull()
    } finally {
      await clocked.stop()
    }
  })
})
