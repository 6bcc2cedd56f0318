import { expect, test, vi } from 'vitest'
import { Batch, KEPT } from '../../src/otlp/batch.ts'
import { LOG } from '../../src/otlp/slots.ts'
import { fromWords } from '../../src/store/rows/words.ts'
import type { ObservedRows } from '../../src/store/store.ts'
import { FaultyDisk } from './support/faulty-disk.ts'
import { database, directory, useRealStore } from './support/real-store.ts'
import { bodiesOf, request, StoreHarness } from './support/store-harness.ts'

useRealStore()

/** Bodies and Seq of the kept rows, as an observer would show them. */
function shown({ batch, seq }: ObservedRows): Array<{ body: string; seq: bigint }> {
  const rows: Array<{ body: string; seq: bigint }> = []
  for (let i = 0; i < batch.records.count; i++) {
    if (batch.verdicts[i] !== KEPT) continue
    const base = i * batch.records.stride
    const body = batch.bytes.toString(
      'utf8',
      batch.records.data[base + LOG.bodyStart]!,
      batch.records.data[base + LOG.bodyEnd]!,
    )
    rows.push({ body, seq: fromWords(seq[2 * i]!, seq[2 * i + 1]!) })
  }
  return rows
}

test('an observer gets the kept rows of durable requests, once, with the Seq that ClickHouse has', async () => {
  const disk = new FaultyDisk()
  const harness = await StoreHarness.open({ directory, database, disk, gatewayId: 'observed' })
  const seen: Array<{ body: string; seq: bigint }> = []
  const stop = harness.store.observe('logs', (rows) => seen.push(...shown(rows)))

  const old = request('seen', 2, { timeMs: Date.now() - 100 * 86_400_000 })
  const young = request('seen', 3)
  const mixed = { resourceLogs: [...old.resourceLogs!, ...young.resourceLogs!] }
  await harness.send(mixed)
  await harness.send(mixed)

  const refused = request('refused', 2)
  disk.faults.push({ path: 'segments', operation: 'sync', code: 'EIO' })
  await expect(harness.send(refused)).rejects.toThrow()

  stop()
  await harness.send(request('unseen', 1))
  harness.store.start()
  await harness.stop()

  expect(seen.map(({ body }) => body)).toEqual(bodiesOf(young))
  const rows = await database.rows<{ Body: string; Seq: string }>(
    "SELECT Body, Seq FROM logs WHERE GatewayId = 'observed' AND startsWith(Body, 'seen ') ORDER BY Seq",
  )
  expect(rows.map(({ Body, Seq }) => ({ body: Body, seq: BigInt(Seq) }))).toEqual(seen)
})

test('the rows come after the commit is durable, and before the sender is answered', async () => {
  const disk = new FaultyDisk()
  const harness = await StoreHarness.open({ directory, database, disk })
  const order: string[] = []
  harness.store.onCommit((_, durable) => order.push(`durable ${durable}`))
  harness.store.observe('logs', () => order.push('observed'))
  await harness.send(request('order', 1)).then(() => order.push('answered'))
  await harness.stopNow()
  expect(order).toEqual(['durable true', 'observed', 'answered'])
})

test('nobody listens: nothing is copied', async () => {
  const clone = vi.spyOn(Batch.prototype, 'clone')
  const harness = await StoreHarness.open({ directory, database })
  await harness.send(request('free', 10))
  expect(clone).not.toHaveBeenCalled()
  harness.store.observe('logs', () => undefined)
  await harness.send(request('free', 10))
  expect(clone).toHaveBeenCalledTimes(1)
  clone.mockRestore()
  await harness.stopNow()
})

test('an observer that throws harms neither the sender nor the other observers', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  const harness = await StoreHarness.open({ directory, database })
  let seen = 0
  harness.store.observe('logs', () => {
    throw new Error('a viewer went away')
  })
  harness.store.observe('logs', (rows) => {
    seen += shown(rows).length
  })
  expect(await harness.send(request('sturdy', 4))).toEqual({ rejected: 0, message: '' })
  expect(seen).toBe(4)
  expect((await warned).message).toBe('a viewer went away')
  await harness.stopNow()
})
