import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FaultyDatabase } from './support/faulty-database.ts'
import { database, directory, useRealStore } from './support/real-store.ts'
import { request, StoreHarness } from './support/store-harness.ts'

useRealStore()

type Published = { NextSeq: string; OldestSeq: string; State: string }

async function published(gateway: string): Promise<Published> {
  const [row] = await database.rows<Published>(
    'SELECT NextSeq, OldestSeq, State FROM watermarks FINAL WHERE GatewayId = {gateway:String}',
    { gateway },
  )
  return row!
}

async function insertedSeqs(gateway: string): Promise<bigint[]> {
  const rows = await database.rows<{ Seq: string }>(
    'SELECT Seq FROM logs WHERE GatewayId = {gateway:String} ORDER BY Seq',
    { gateway },
  )
  return rows.map(({ Seq }) => BigInt(Seq))
}

test('every row below OldestSeq is inserted, and none at or above NextSeq is acknowledged', async () => {
  const faulty = new FaultyDatabase(database, 'logs')
  const harness = await StoreHarness.open({ directory, database: faulty, gatewayId: 'marked' })
  const { store } = harness
  expect(store.watermark.oldestSeq).toBe(store.watermark.nextSeq)

  // Open: in memory, neither acknowledged nor inserted.
  const sending = harness.send(request('marked', 10))
  const whileOpen = store.watermark
  expect(whileOpen.oldestSeq < whileOpen.nextSeq).toBe(true)
  await sending
  const durable = store.watermark

  // An insert that ClickHouse keeps refusing to take holds it too.
  let attempts = 0
  const attempted = Promise.withResolvers<void>()
  faulty.decide = () => {
    if (++attempts === 2) attempted.resolve()
    return 'busy'
  }
  store.start()
  await attempted.promise
  const trying = store.watermark

  faulty.decide = undefined
  await harness.stop()
  const seqs = await insertedSeqs('marked')
  expect(seqs).toHaveLength(10)
  for (const mark of [whileOpen, durable, trying])
    expect(seqs.every((seq) => seq >= mark.oldestSeq && seq < mark.nextSeq)).toBe(true)
})

test('a gateway that drained publishes gone; one that could not keeps its mark and is running', async () => {
  const drained = await StoreHarness.open({ directory, database, gatewayId: 'drained' })
  drained.store.start()
  await drained.send(request('drained', 1))
  await drained.stop()
  const gone = await published('drained')
  expect(gone).toMatchObject({ State: 'gone', OldestSeq: gone.NextSeq })

  const other = await mkdtemp(join(tmpdir(), 'weir-watermark-'))
  const stuck = await StoreHarness.open({ directory: other, database, gatewayId: 'stuck' })
  const faulty = stuck.store.watermark
  stuck.store.start()
  await stuck.send(request('stuck', 1))
  await stuck.stopNow()
  const held = await published('stuck')
  expect(held.State).toBe('running')
  expect(BigInt(held.OldestSeq) >= faulty.nextSeq && BigInt(held.OldestSeq) < BigInt(held.NextSeq)).toBe(true)
  await rm(other, { recursive: true, force: true })
})
