import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Parameters } from '../../../src/store/database.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { openRaw, type Raw } from '../engine/support/raw.ts'

/** Guarantees: parameters arrive as they are, results keep every digit, and who goes away takes the query along. */

let test: TestEngine
let raw: Raw
beforeAll(async () => {
  test = await startTestEngine()
  raw = await openRaw(test.engine)
})
afterAll(() => test.stop())

const reader = () => test.engine.reader

describe('parameters', () => {
  const values: ReadonlyArray<readonly [string, string, Parameters[string], string]> = [
    ['String', 'quotes and backslashes', `it's "quoted" \\ \\n \`x\``, `it's "quoted" \\ \\n \`x\``],
    ['String', 'line breaks and tabs', 'a\nb\tc\rd', 'a\nb\tc\rd'],
    ['String', 'what looks like SQL', "'; DROP TABLE t --", "'; DROP TABLE t --"],
    ['String', 'what looks like NULL', '\\N', '\\N'],
    ['String', 'a zero byte', 'a\u0000b', 'a\u0000b'],
    ['String', 'beyond the basic plane', 'grüße 🧵', 'grüße 🧵'],
    ['String', 'nothing', '', ''],
    ['UInt64', 'the largest', 18446744073709551615n, '18446744073709551615'],
    ['Int64', 'the smallest', -9223372036854775808n, '-9223372036854775808'],
    ['Float64', 'a float', 0.1, '0.1'],
  ]
  it.each(values)('%s: %s', async (type, _, value, expected) => {
    const rows = await reader().rows<{ v: string }>(`SELECT toString({v:${type}}) AS v`, { v: value })
    expect(rows).toEqual([{ v: expected }])
  })

  it('an array of hostile strings', async () => {
    const list = ["a'b", 'c\\d', 'e,f', '[g]', '', 'h\ni', '"']
    const rows = await reader().rows<{ n: string; v: string[] }>(
      'SELECT length({v:Array(String)}) AS n, {v:Array(String)} AS v',
      { v: list },
    )
    expect(rows).toEqual([{ n: String(list.length), v: list }])
  })

  // Beyond 128 KiB, quotes included, a parameter is too long for ClickHouse (http_max_field_value_size).
  it('a list too long for a URL', async () => {
    const list = Array.from({ length: 5_000 }, (_, i) => `value-${i}`)
    const rows = await reader().rows<{ n: string }>('SELECT length({v:Array(String)}) AS n', { v: list })
    expect(rows).toEqual([{ n: '5000' }])
  })
})

describe('results', () => {
  it('keep every digit of 64 bits', async () => {
    const rows = await reader().rows(
      'SELECT toUInt64(18446744073709551615) AS u, toInt64(-9223372036854775808) AS i',
    )
    expect(rows).toEqual([{ u: '18446744073709551615', i: '-9223372036854775808' }])
  })

  it('come in chunks, whole and in order', async () => {
    let next = 0
    let chunks = 0
    for await (const rows of reader().stream<{ number: string }>(
      'SELECT number FROM system.numbers LIMIT 300000',
    )) {
      chunks++
      for (const { number } of rows)
        if (number !== String(next++)) throw new Error(`${number} at ${next - 1}`)
    }
    expect(next).toBe(300_000)
    expect(chunks).toBeGreaterThan(1)
  })

  it('may be empty', async () => {
    expect(await reader().rows('SELECT 1 AS a WHERE 0')).toEqual([])
  })

  it('obey the limits of the statement', async () => {
    const limited = reader().rows('SELECT number FROM system.numbers LIMIT 1000', undefined, {
      settings: { max_result_rows: 10, result_overflow_mode: 'throw' },
    })
    await expect(limited).rejects.toMatchObject({ code: 396 })
  })
})

describe('a query that is no longer wanted is gone from ClickHouse', () => {
  const ENDLESS = 'SELECT number FROM system.numbers'
  const SILENT = 'SELECT count() FROM system.numbers WHERE NOT ignore(number)'

  const running = async (queryId: string): Promise<boolean> =>
    (
      await raw.ask(`SELECT count() FROM system.processes WHERE query_id = '${queryId}' FORMAT TSV`)
    ).text.trim() === '1'

  /** Ends when ClickHouse no longer lists it; the test's own time limit is the limit. */
  async function gone(queryId: string): Promise<void> {
    while (await running(queryId));
  }

  const kinds = [
    ['reader', () => test.engine.reader],
    ['writer', () => test.engine.writer],
  ] as const

  it.each(kinds)('%s: the iteration ends early', async (_, database) => {
    const queryId = randomUUID()
    for await (const rows of database().stream(ENDLESS, undefined, { queryId })) {
      expect(rows.length).toBeGreaterThan(0)
      expect(await running(queryId)).toBe(true)
      break
    }
    await gone(queryId)
  })

  it.each(kinds)('%s: the iteration throws', async (_, database) => {
    const queryId = randomUUID()
    const failing = async () => {
      for await (const _rows of database().stream(ENDLESS, undefined, { queryId })) throw new Error('no more')
    }
    await expect(failing()).rejects.toThrow('no more')
    await gone(queryId)
  })

  it.each(kinds)('%s: aborted before the first row', async (_, database) => {
    const queryId = randomUUID()
    const abort = new AbortController()
    const answer = database()
      .rows(SILENT, undefined, { queryId, signal: abort.signal })
      .catch((e: unknown) => e)
    while (!(await running(queryId)));
    abort.abort()
    expect(await answer).toMatchObject({ name: 'DatabaseError', failure: 'unknown', code: 0 })
    await gone(queryId)
  })

  it.each(kinds)('%s: aborted between rows', async (_, database) => {
    const queryId = randomUUID()
    const abort = new AbortController()
    const reading = async () => {
      for await (const _rows of database().stream(ENDLESS, undefined, { queryId, signal: abort.signal }))
        abort.abort()
    }
    await expect(reading()).rejects.toMatchObject({ name: 'DatabaseError', failure: 'unknown', code: 0 })
    await gone(queryId)
  })

  it('aborted before it was asked', async () => {
    const queryId = randomUUID()
    const answer = reader().rows(SILENT, undefined, { queryId, signal: AbortSignal.abort() })
    await expect(answer).rejects.toMatchObject({ name: 'DatabaseError', failure: 'unknown', code: 0 })
    await gone(queryId)
  })

  it('out of time', async () => {
    const queryId = randomUUID()
    const answer = reader().rows(SILENT, undefined, { queryId, timeoutMs: 300 })
    await expect(answer).rejects.toMatchObject({ name: 'DatabaseError', failure: 'unknown' })
    await gone(queryId)
  })

  it('and the connections are free again', async () => {
    for (let i = 0; i < 40; i++) {
      for await (const _rows of reader().stream(ENDLESS)) break
    }
    expect(await reader().rows('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})
