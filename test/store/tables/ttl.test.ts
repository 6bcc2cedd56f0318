import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { FOREIGN_ZONE, partitionsAfterTtl, partitionsOf } from '../support/foreign-zone.ts'

/**
 * Scenario: the tables of spans and metrics on a server whose midnight is not UTC's. Guarantees: partitions are UTC days;
 * a part goes once all its rows are past their time, as a whole, and what rows refer to goes later than they do.
 */

const DAY_SECONDS = 86_400
const today = Math.floor(Date.now() / 1000 / DAY_SECONDS)
const partition = (day: number, days: number): string =>
  `('${new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10)}',${days})`

let server: TestEngine
let database: Database
beforeAll(async () => {
  server = await startTestEngine({ timezone: FOREIGN_ZONE })
  database = server.engine.writer
  await migrate(database)
})
afterAll(() => server?.stop())

/** Seconds of a day, its last one too. */
const FIRST = 0
const LAST = DAY_SECONDS - 1

/** Fills a table and lets its TTL loose; tells the partitions before and after. */
async function fallenOf(
  table: string,
  column: string,
  timeAt: (day: number, second: number) => string,
  rows: ReadonlyArray<readonly [day: number, days: number, second: number]>,
  left: number,
): Promise<{ before: string[]; after: string[] }> {
  await database.command(`SYSTEM STOP TTL MERGES ${table}`)
  for (const [day, days] of new Map(rows.map((row) => [row.slice(0, 2).join(), row])).values()) {
    const same = rows.filter((row) => row[0] === day && row[1] === days)
    const values = same.map(([, , second]) => `('default', ${days}, ${timeAt(day, second)})`)
    await database.command(
      `INSERT INTO ${table} (TenantId, RetentionDays, ${column}) VALUES ${values.join(', ')}`,
    )
  }
  const before = await partitionsOf(database, table)
  await database.command(`SYSTEM START TTL MERGES ${table}`)
  return { before, after: await partitionsAfterTtl(database, table, left) }
}

describe.each([
  ['spans', 'Timestamp'],
  ['samples', 'TimeUnix'],
  ['histogram_samples', 'TimeUnix'],
  ['exp_histogram_samples', 'TimeUnix'],
  ['summary_samples', 'TimeUnix'],
  ['exemplars', 'TimeUnix'],
])('%s', (table, column) => {
  test('a part whose rows are all past their time goes; one with a younger row, or a longer class, stays', async () => {
    const { before, after } = await fallenOf(
      table,
      column,
      (day, second) => `fromUnixTimestamp64Second(${day * DAY_SECONDS + second}, 'UTC')`,
      [
        [today - 9, 7, FIRST],
        [today - 9, 7, LAST],
        [today - 9, 30, FIRST],
        [today - 7, 7, FIRST],
        [today - 7, 7, LAST],
        [today, 7, FIRST],
      ],
      3,
    )
    const kept = [partition(today - 9, 30), partition(today - 7, 7), partition(today, 7)].sort()
    expect(before).toEqual([partition(today - 9, 7), ...kept].sort())
    expect(after).toEqual(kept)
  })
})

describe.each([['metric_series'], ['trace_times']])('%s', (table) => {
  test('outlives the last row of its day', async () => {
    const { before, after } = await fallenOf(
      table,
      'Day',
      (day) => `toDate(${day})`,
      [
        [today - 8, 7, FIRST],
        [today - 7, 7, FIRST],
        [today - 8, 30, FIRST],
      ],
      2,
    )
    // The last rows of the day before that 7th day ended at the midnight that began today.
    const kept = [partition(today - 7, 7), partition(today - 8, 30)].sort()
    expect(before).toEqual([partition(today - 8, 7), ...kept].sort())
    expect(after).toEqual(kept)
  })
})
