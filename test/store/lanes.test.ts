import { expect, test } from 'vitest'
import { FaultyDatabase } from './support/faulty-database.ts'
import { database, directory, useRealStore } from './support/real-store.ts'
import { request, StoreHarness } from './support/store-harness.ts'

const DAY_MS = 86_400_000

useRealStore()

test('partitions that always have a full group take turns with the others', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  const order: string[] = []
  faulty.decide = (_options, body) => {
    order.push(/turn-\d/.exec(body.toString('latin1'))![0])
    return undefined
  }
  const harness = await StoreHarness.open({
    directory,
    database: faulty,
    inserter: { concurrency: 1, groupRowsMax: 5 },
  })
  const days = [0, 1, 2]
  const nowMs = Date.now()
  for (let i = 0; i < 3; i++)
    for (const day of days) await harness.send(request(`turn-${day}`, 5, { timeMs: nowMs - day * DAY_MS }))
  harness.store.start()
  await harness.stop()
  const turns = ['turn-0', 'turn-1', 'turn-2']
  expect(order).toEqual([...turns, ...turns, ...turns])
})
