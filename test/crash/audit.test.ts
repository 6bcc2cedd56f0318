import { expect, test } from 'vitest'
import { database, directory, useRealStore } from '../store/support/real-store.ts'
import { StoreHarness } from '../store/support/store-harness.ts'
import { audit, NOTHING_WRONG } from './support/audit.ts'
import { randomOf } from './support/random.ts'
import { RequestBook } from './support/sent-requests.ts'

/**
 * Scenario: rows that the store has written, and then what no crash may do to them, by hand. Guarantee: the audit that
 * the tests of crashes rest on finds each of it, in every table.
 */

useRealStore()

async function filled(name: string): Promise<RequestBook> {
  const book = new RequestBook(name, randomOf(1), ['traces', 'metrics'])
  const harness = await StoreHarness.open({ directory, database, gatewayId: name })
  for (let i = 0; i < 10; i++) {
    const request = book.next()
    request.answer = await harness.send(request.bytes, Date.now(), request.signal)
  }
  harness.store.start()
  await harness.stop()
  expect(await audit(database, name, book, name)).toEqual(NOTHING_WRONG)
  return book
}

const ROW_TABLES = ['spans', 'histogram_samples'] as const

/** A row that the gateway stored, by its Seq. */
async function oneOf(table: string, gatewayId: string): Promise<string> {
  const [row] = await database.rows<{ Seq: string }>(
    `SELECT Seq FROM ${table} WHERE GatewayId = {gatewayId:String} ORDER BY Seq LIMIT 1`,
    { gatewayId },
  )
  return row!.Seq
}

const remove = (table: string, where: string): Promise<void> =>
  database.command(`DELETE FROM ${table} WHERE ${where} SETTINGS lightweight_deletes_sync = 2`)

test.each(ROW_TABLES)(
  'a row of %s that is missing is lost, or its request torn; one twice is doubled',
  async (table) => {
    const name = `rows_${table}`
    const book = await filled(name)
    const seq = await oneOf(table, name)
    const all = `GatewayId = '${name}' AND Seq = ${seq}`
    await database.command(`INSERT INTO ${table} SELECT * FROM ${table} WHERE ${all}`)
    const twice = await audit(database, name, book, name)
    expect(twice.doubled).toHaveLength(1)
    expect(twice.seqsUsedTwice).toBe(1)
    await remove(table, all)
    const found = await audit(database, name, book, name)
    expect(found.lost).toEqual(twice.doubled)
    const request = book.requests.find(({ records }) =>
      records.some(({ number }) => number === found.lost[0]),
    )!
    request.answer = undefined
    expect((await audit(database, name, book, name)).torn).toEqual(found.lost)
  },
)

test('an exemplar that is missing, or there twice', async () => {
  const book = await filled('exemplars')
  const where = `GatewayId = 'exemplars' AND Seq = ${await oneOf('exemplars', 'exemplars')}`
  await database.command(`INSERT INTO exemplars SELECT * FROM exemplars WHERE ${where}`)
  const twice = await audit(database, 'exemplars', book, 'exemplars')
  expect(twice.incomplete).toHaveLength(1)
  await remove('exemplars', where)
  expect((await audit(database, 'exemplars', book, 'exemplars')).incomplete).toEqual(twice.incomplete)
})

test.each([
  ['series', 'metric_series', "startsWith(MetricName, 'series.')", 'rowsWithoutTheirOwn'],
  ['times', 'trace_times', "startsWith(TraceId, 'times')", 'rowsWithoutTheirOwn'],
  ['resources', 'resources', '1', 'rowsWithoutResource'],
] as const)('%s that are missing', async (name, table, where, finding) => {
  const book = await filled(name)
  await remove(table, where)
  expect((await audit(database, name, book, name))[finding]).toBeGreaterThan(0)
})

test('a sum of the ledger that is another', async () => {
  const book = await filled('ledger')
  await remove('ledger', "GatewayId = 'ledger' AND Signal = 'traces' AND Kind = 'stored'")
  expect((await audit(database, 'ledger', book, 'ledger')).ledger).toEqual(['traces stored: missing'])
})
