import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { InsertOptions } from '../../../src/store/database.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { openRaw, type Raw } from '../engine/support/raw.ts'
import { nativeBlock } from './support/blocks.ts'

/** Guarantees: one insert is one part; a token is taken once; an insert that lacks or adds a column is refused. */

let test: TestEngine
let raw: Raw
beforeAll(async () => {
  test = await startTestEngine()
  raw = await openRaw(test.engine)
})
afterAll(() => test.stop())

beforeEach(async () => {
  await raw.ask('DROP TABLE IF EXISTS t SYNC')
  await raw.ask('DROP TABLE IF EXISTS sums SYNC')
  await raw.ask('DROP TABLE IF EXISTS sums_mv SYNC')
  await raw.ask(
    'CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100',
  )
  await raw.ask('SYSTEM STOP MERGES t')
})

const tsv = async (sql: string) => (await raw.ask(`${sql} FORMAT TSV`)).text.trim()

function insert(body: Buffer, options: Partial<InsertOptions> = {}): Promise<void> {
  return test.engine.writer.insert({
    table: 't',
    columns: ['a', 's'],
    body,
    byteLength: body.length,
    queryId: randomUUID(),
    timeoutMs: 30_000,
    ...options,
  })
}

const block = (from: number, rows: number, size = 1) =>
  nativeBlock(raw, `SELECT number + ${from} AS a, repeat('x', ${size}) AS s FROM numbers(${rows})`)

describe('one POST is one part', () => {
  it.each([
    ['20 blocks of 1,000 rows', 20, 1000, 1],
    ['12 blocks of 100,000 rows: more than a million', 12, 100_000, 1],
    ['80 blocks of 1 MB', 80, 1000, 1000],
  ])('%s', async (_, blocks, rows, size) => {
    const parts = await Promise.all(Array.from({ length: blocks }, (_, i) => block(i * rows, rows, size)))
    await insert(Buffer.concat(parts))
    expect(await tsv('SELECT count(), uniqExact(a), uniqExact(_part) FROM t')).toBe(
      `${blocks * rows}\t${blocks * rows}\t1`,
    )
  })

  it('from a stream, too', async () => {
    const chunks = [await block(0, 1000), await block(1000, 1000)]
    await insert(Buffer.alloc(0), {
      body: Readable.from(chunks),
      byteLength: chunks[0]!.length + chunks[1]!.length,
    })
    expect(await tsv('SELECT count(), uniqExact(_part) FROM t')).toBe('2000\t1')
  })
})

describe('a token', () => {
  it('is taken once, in the table and in what hangs on it', async () => {
    await raw.ask(
      'CREATE TABLE sums (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100',
    )
    await raw.ask('CREATE MATERIALIZED VIEW sums_mv TO sums AS SELECT count() AS n FROM t')
    const body = Buffer.concat([await block(0, 10), await block(10, 10)])
    await insert(body, { token: 'one' })
    await insert(body, { token: 'one' })
    expect(await tsv('SELECT count() FROM t')).toBe('20')
    expect(await tsv('SELECT sum(n) FROM sums')).toBe('20')
    await insert(body, { token: 'two' })
    expect(await tsv('SELECT count() FROM t')).toBe('40')
    expect(await tsv('SELECT sum(n) FROM sums')).toBe('40')
  })
})

describe('columns', () => {
  it('are matched by name, whatever their order in the block', async () => {
    await insert(await nativeBlock(raw, "SELECT 'swapped' AS s, 7 AS a"))
    expect(await tsv('SELECT a, s FROM t')).toBe('7\tswapped')
  })

  it('one that the statement does not name is refused, not dropped', async () => {
    const body = await nativeBlock(raw, "SELECT 1 AS a, 's' AS s, 2 AS extra")
    await expect(insert(body)).rejects.toMatchObject({ failure: 'refused', code: 117 })
    expect(await tsv('SELECT count() FROM t')).toBe('0')
  })

  it('of any name', async () => {
    await raw.ask('CREATE TABLE `we``ird` (`a``b\\\\c` UInt8) ENGINE = MergeTree ORDER BY tuple()')
    const body = await nativeBlock(raw, 'SELECT 5::UInt8 AS `a``b\\\\c`')
    await insert(body, { table: 'we`ird', columns: ['a`b\\c'] })
    expect(await tsv('SELECT * FROM `we``ird`')).toBe('5')
    await raw.ask('DROP TABLE `we``ird` SYNC')
  })
})

it('a body that ends before its length is never taken for a whole one', async () => {
  const body = Buffer.concat([await block(0, 1000), await block(1000, 1000)])
  const first = await block(0, 1000)
  const short = Readable.from([first])
  await expect(
    insert(Buffer.alloc(0), { body: short, byteLength: body.length, timeoutMs: 2000 }),
  ).rejects.toMatchObject({ failure: 'unknown', code: 0 })
  expect(await tsv('SELECT count() FROM t')).toBe('0')
})

it('a body whose source fails leaves an unknown outcome, and no row', async () => {
  const first = await block(0, 1000)
  async function* broken(): AsyncGenerator<Buffer> {
    yield first
    throw new Error('the spool could not be read')
  }
  await expect(
    insert(Buffer.alloc(0), { body: Readable.from(broken()), byteLength: first.length * 2 }),
  ).rejects.toMatchObject({
    failure: 'unknown',
    message: expect.stringContaining('the spool could not be read'),
  })
  expect(await tsv('SELECT count() FROM t')).toBe('0')
})
