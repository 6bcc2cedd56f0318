import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { LOG } from '../../../src/otlp/slots.ts'
import { type NeededResource, Partitioner, partitionName } from '../../../src/store/rows/partitions.ts'
import { DayFinder, highWord, lowWord } from '../../../src/store/rows/words.ts'
import type { ResolvedResource } from '../../../src/store/tables/rows.ts'

const NS_PER_DAY = 86_400_000_000_000n

test('the day of any stamp is what a division says, also around midnight', () => {
  const finder = new DayFinder()
  const around = fc
    .tuple(fc.bigInt({ min: 1n, max: 100_000n }), fc.bigInt({ min: -2n, max: 2n }))
    .map(([day, offset]) => day * NS_PER_DAY + offset)
  fc.assert(
    fc.property(fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), around), (ns) => {
      expect(finder.find(lowWord(ns), highWord(ns))).toBe(Number(ns / NS_PER_DAY))
    }),
  )
})

test('every kept record is in the list of its own day and retention, in order, and no other', () => {
  const partitioner = new Partitioner()
  const batch = newBatch('logs')
  const record = fc.record({
    day: fc.constantFrom(20_000n, 20_001n, 20_002n),
    within: fc.bigInt({ min: 0n, max: NS_PER_DAY - 1n }),
    resource: fc.integer({ min: 0, max: 3 }),
    kept: fc.boolean(),
  })
  const resources = [30, 30, 7, 90].map((retentionDays) => ({ retentionDays }) as ResolvedResource)
  fc.assert(
    fc.property(fc.array(record, { maxLength: 600 }), (records) => {
      batch.begin(Buffer.alloc(0))
      for (const { day, within, resource } of records) {
        const base = batch.records.add()
        const ns = day * NS_PER_DAY + within
        batch.records.data[base + LOG.timeLow] = lowWord(ns)
        batch.records.data[base + LOG.timeHigh] = highWord(ns)
        batch.records.data[base + LOG.resource] = resource
      }
      batch.openVerdicts()
      records.forEach(({ kept }, i) => {
        batch.verdicts[i] = kept ? KEPT : 5
      })
      const needed: NeededResource[] = []
      const lists = partitioner.split(batch, resources, needed)
      const expected = Map.groupBy(
        records.flatMap((one, i) => (one.kept ? [{ ...one, i }] : [])),
        ({ day, resource }) =>
          partitionName({ day: Number(day), retentionDays: resources[resource]!.retentionDays }),
      )
      expect(
        new Map(lists.map((list) => [partitionName(list), [...list.index.subarray(0, list.count)]])),
      ).toEqual(new Map([...expected].map(([name, members]) => [name, members.map(({ i }) => i)])))
      const pairs = (list: ReadonlyArray<readonly [number, number]>): string[] =>
        [...new Set(list.map(String))].sort()
      expect(pairs(needed.map(({ resource, day }) => [resources.indexOf(resource), day]))).toEqual(
        pairs(records.filter(({ kept }) => kept).map(({ resource, day }) => [resource, Number(day)])),
      )
    }),
  )
})

/** A batch of one resource with a kept record on each of these days. */
function batchOf(days: ReadonlyArray<number>) {
  const batch = newBatch('logs')
  batch.begin(Buffer.alloc(0))
  for (const day of days) {
    const base = batch.records.add()
    const ns = BigInt(day) * NS_PER_DAY
    batch.records.data[base + LOG.timeLow] = lowWord(ns)
    batch.records.data[base + LOG.timeHigh] = highWord(ns)
  }
  batch.openVerdicts()
  return batch
}

const oneResource = [{ retentionDays: 30 } as ResolvedResource]

test('a resource is asked for once per day, also where the days of its records alternate', () => {
  const needed: NeededResource[] = []
  const days = Array.from({ length: 300 }, (_, i) => 20_000 + (i % 3))
  new Partitioner().split(batchOf(days), oneResource, needed)
  expect(needed.map(({ day }) => day)).toEqual([20_000, 20_001, 20_002])
})

test('what one request with many old records took is given back by the next', () => {
  const partitioner = new Partitioner()
  const days = [20_000, ...new Array<number>(100_000).fill(20_001)]
  const [, large] = partitioner.split(batchOf(days), oneResource, [])
  expect(large!.count).toBe(100_000)
  const [, small] = partitioner.split(batchOf([20_000, 20_001]), oneResource, [])
  expect(small!.index.length).toBeLessThan(10_000)
})
