import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatabaseError } from '../../src/store/database.ts'
import { FaultyDatabase, type InsertFault } from './support/faulty-database.ts'
import { database, directory, storedBodies, useRealStore } from './support/real-store.ts'
import { bodiesOf, request, StoreHarness } from './support/store-harness.ts'

useRealStore()

test('what was acknowledged is stored once, in order of Seq, with its ledger', async () => {
  const harness = await StoreHarness.open({ directory, database, gatewayId: 'plain' })
  harness.store.start()
  const sent = Array.from({ length: 20 }, () => request('plain', 50))
  await Promise.all(sent.map((one) => harness.send(one)))
  await harness.stop()
  expect(await storedBodies('plain')).toEqual(sent.flatMap(bodiesOf))
  expect(harness.failures).toEqual([])
  const ledger = await database.rows<{ Kind: string; records: string }>(
    "SELECT Kind, sum(Records) AS records FROM ledger WHERE GatewayId = 'plain' GROUP BY Kind ORDER BY Kind",
  )
  expect(ledger).toEqual([
    { Kind: 'received', records: '1000' },
    { Kind: 'stored', records: '1000' },
  ])
})

describe('an insert whose outcome is unknown', () => {
  const cases: Array<[faults: InsertFault[], checks: string[]]> = [
    [['lost'], ['all']],
    [['answer lost'], ['all']],
    [['token without part'], ['none']],
    [['busy'], ['all']],
    [['answer lost', 'lost', 'busy'], ['all']],
    [['lost', 'token without part'], ['none']],
    // The attempt under the new token is cut off too: counted again.
    [
      ['token without part', 'lost', 'none', 'token without part'],
      ['none', 'none'],
    ],
  ]
  test.each(cases)('%j: every row once (the counts found %j)', async (faults, checks) => {
    const prefix = `unknown-${faults.join('-').replaceAll(' ', '_')}`
    const faulty = new FaultyDatabase(database, 'logs')
    faulty.faults.push(...faults)
    const harness = await StoreHarness.open({ directory, database: faulty })
    harness.store.start()
    const sent = [request(prefix, 30), request(prefix, 30)]
    await Promise.all(sent.map((one) => harness.send(one)))
    await harness.stop()
    expect(await storedBodies(prefix)).toEqual(sent.flatMap(bodiesOf))
    expect(harness.checks.slice(0, checks.length)).toEqual(checks)
  })

  test('a kill between the attempt and its answer: the next start asks the rows', async () => {
    for (const fault of ['lost', 'answer lost', 'token without part'] as const) {
      const prefix = `killed-${fault.replaceAll(' ', '_')}`
      const faulty = new FaultyDatabase(database, 'logs')
      const attempted = Promise.withResolvers<void>()
      faulty.decide = () => {
        attempted.resolve()
        return fault
      }
      const harness = await StoreHarness.open({
        directory,
        database: faulty,
        inserter: { retryMinMs: 60_000, retryMaxMs: 60_000 },
      })
      harness.store.start()
      const sent = request(prefix, 40)
      await harness.send(sent)
      await attempted.promise
      // What a SIGKILL leaves is what is on the disk now: the spool of a stop that inserts nothing more.
      await harness.stopNow()
      const next = await StoreHarness.open({ directory, database })
      next.store.start()
      await next.stop()
      expect(await storedBodies(prefix)).toEqual(bodiesOf(sent))
    }
  })
})

test('kill, replay, spool file deleted, second kill, resend: still once', async () => {
  const sent = request('deleted', 20)
  const options = { directory, database, spool: { segmentBytesMax: 1 } }
  const first = await StoreHarness.open(options)
  await first.send(sent)
  await first.stopNow()

  const second = await StoreHarness.open(options)
  second.store.start()
  await expect
    .poll(async () => (await readdir(join(directory, 'segments'))).length, { interval: 50, timeout: 20_000 })
    .toBe(0)
  await second.stopNow()

  const third = await StoreHarness.open(options)
  expect(await third.send(sent)).toMatchObject({ repeated: true })
  third.store.start()
  await third.stop()
  expect(await storedBodies('deleted')).toEqual(bodiesOf(sent))
})

test('a request sent again while the first is in an open commit waits for its outcome and is stored once', async () => {
  const harness = await StoreHarness.open({ directory, database, spool: { commitIntervalMs: 100 } })
  harness.store.start()
  const old = request('twice', 1, { timeMs: Date.now() - 100 * 86_400_000 })
  const mixed = { resourceLogs: [...old.resourceLogs!, ...request('twice', 5).resourceLogs!] }
  const [first, again] = await Promise.all([harness.send(mixed), harness.send(mixed)])
  expect(first).toMatchObject({ rejected: 1, message: expect.stringContaining('retention') })
  expect(again).toEqual({ ...first, repeated: true })
  expect(await harness.send(mixed)).toEqual(again)
  await harness.stop()
  expect(await storedBodies('twice')).toEqual(bodiesOf(mixed).slice(1))
})

test('records without any time may be meant twice: such a request is never taken for a repeated one', async () => {
  const harness = await StoreHarness.open({ directory, database })
  harness.store.start()
  const timeless = {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'timeless 1' } }] }] }],
  }
  await harness.send(timeless)
  expect(await harness.send(timeless)).not.toHaveProperty('repeated')
  await harness.stop()
  expect(await storedBodies('timeless')).toEqual(['timeless 1', 'timeless 1'])
})

test('a block that ClickHouse refuses goes to quarantine alone', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  faulty.decide = (_options, body) => (body.includes('poison') ? 'refused' : undefined)
  const harness = await StoreHarness.open({ directory, database: faulty })
  const good = [request('healthy', 10), request('healthy', 10)]
  await harness.send(good[0]!)
  await harness.send(request('poison', 3))
  await harness.send(good[1]!)
  harness.store.start()
  await harness.stop()
  expect(await storedBodies('healthy')).toEqual(good.flatMap(bodiesOf))
  expect(harness.quarantined).toEqual(['logs: injected'])
  const files = await readdir(join(directory, 'quarantine'))
  expect(files.filter((name) => name.endsWith('.native'))).toHaveLength(1)
  expect(await readdir(join(directory, 'segments'))).toEqual([])
})

test('two gateways on one ClickHouse count only their own rows', async () => {
  const other = await mkdtemp(join(tmpdir(), 'weir-store-'))
  // One clock that stands still: both give the same Seq numbers.
  const now = Date.now()
  const nowMs = (): number => now
  const faulty = ['one', 'two'].map((gatewayId) => new FaultyDatabase(database, 'logs', gatewayId))
  faulty[0]!.faults.push('token without part')
  faulty[1]!.faults.push('answer lost')
  const sent = [request('pair', 50), request('pair', 50)]
  const harnesses = await Promise.all([
    StoreHarness.open({ directory, database: faulty[0]!, gatewayId: 'one', nowMs }),
    StoreHarness.open({
      directory: other,
      database: faulty[1]!,
      gatewayId: 'two',
      nowMs,
    }),
  ])
  await Promise.all(
    harnesses.map(async (harness, i) => {
      harness.store.start()
      await harness.send(sent[i]!)
      await harness.stop()
    }),
  )
  await rm(other, { recursive: true, force: true })
  expect((await storedBodies('pair')).sort()).toEqual(sent.flatMap(bodiesOf).sort())
})

test('with ack: clickhouse the answer waits for the insert', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  faulty.faults.push('answer lost')
  const harness = await StoreHarness.open({ directory, database: faulty, ack: 'clickhouse' })
  harness.store.start()
  const sent = request('waits', 10)
  await harness.send(sent)
  expect(await storedBodies('waits')).toEqual(bodiesOf(sent))
  await harness.stop()
})

test('a stop does not wait for a ClickHouse that hangs; the next start inserts what is left', async () => {
  const hanging = new FaultyDatabase(database, 'logs')
  const asked = Promise.withResolvers<void>()
  // As a server that takes the connection and never answers.
  hanging.insert = ({ signal }) =>
    new Promise((_, reject) => {
      asked.resolve()
      signal?.addEventListener('abort', () => reject(new DatabaseError('unknown', 0, 'given up')))
    })
  const harness = await StoreHarness.open({ directory, database: hanging })
  harness.store.start()
  const sent = request('hanging', 10)
  await harness.send(sent)
  await asked.promise
  await harness.stopNow()
  const next = await StoreHarness.open({ directory, database })
  next.store.start()
  await next.stop()
  expect(await storedBodies('hanging')).toEqual(bodiesOf(sent))
})
