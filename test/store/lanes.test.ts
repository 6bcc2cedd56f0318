import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'
import { FaultyDatabase } from './support/faulty-database.ts'
import { request, StoreHarness } from './support/store-harness.ts'

const DAY_MS = 86_400_000

let engine: TestEngine
let database: Database
let directory: string

beforeAll(async () => {
  engine = await startTestEngine()
  database = engine.engine.writer
  await migrate(database)
})
afterAll(() => engine?.stop())

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-store-'))
  return () => rm(directory, { recursive: true, force: true })
})

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
