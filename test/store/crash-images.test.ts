import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FaultyDatabase } from './support/faulty-database.ts'
import { database, directory, storedBodies, useRealStore } from './support/real-store.ts'
import { bodiesOf, request, StoreHarness } from './support/store-harness.ts'

/**
 * Scenario: what SIGKILL leaves is what is on the disk at that instant: a copy of the spool, taken while the store
 * runs, is opened as the next start would.
 */
useRealStore()

/** The spool as a kill at this instant would leave it. */
async function killedImage(from: string, name: string): Promise<string> {
  const image = join(directory, name)
  await cp(from, image, { recursive: true })
  return image
}

test('commit numbers are not used twice when Seq is ahead of the clock: a replay finds no fate of an older block', async () => {
  // A kill leaves the Seq mark ahead of the clock; until the clock has caught up, Seq stays within one millisecond.
  const spool = join(directory, 'first')
  const killed = await StoreHarness.open({ directory: spool, database })
  const image = await killedImage(spool, 'second')
  await killed.stopNow()

  const drained = await StoreHarness.open({ directory: image, database })
  drained.store.start()
  const before = request('before', 10)
  await drained.send(before)
  await drained.stop()

  const third = await StoreHarness.open({ directory: image, database })
  const after = request('after', 10)
  await third.send(after)
  const killedAgain = await killedImage(image, 'third')
  await third.stopNow()

  const last = await StoreHarness.open({ directory: killedAgain, database })
  last.store.start()
  await last.stop()
  expect(await storedBodies('before')).toEqual(bodiesOf(before))
  expect(await storedBodies('after')).toEqual(bodiesOf(after))
})

test('with ack: clickhouse a request that is sent again after a kill waits for the insert as the first one did', async () => {
  const spool = join(directory, 'first')
  const away = new FaultyDatabase(database, 'logs')
  away.decide = () => 'lost'
  const killed = await StoreHarness.open({ directory: spool, database: away, ack: 'clickhouse' })
  const sent = request('waits-again', 10)
  const first = killed.send(sent)
  await expect.poll(() => killed.store.stats.spoolBytes, { interval: 5 }).toBeGreaterThan(0)
  const image = await killedImage(spool, 'second')
  const refused = expect(first).rejects.toThrow('stopping')
  await killed.stopNow()
  await refused

  const next = await StoreHarness.open({ directory: image, database, ack: 'clickhouse' })
  const again = next.send(sent)
  next.store.start()
  expect(await again).toMatchObject({ rejected: 0, repeated: true })
  expect(await storedBodies('waits-again')).toEqual(bodiesOf(sent))
  // Now that it is inserted there is nothing to wait for.
  expect(await next.send(sent)).toMatchObject({ repeated: true })
  await next.stop()
  expect(await storedBodies('waits-again')).toEqual(bodiesOf(sent))
})
