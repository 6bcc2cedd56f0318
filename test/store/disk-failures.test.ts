import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SpoolBlock } from '../../src/store/spool/commit-record.ts'
import { nodeDisk, type SpoolDisk } from '../../src/store/spool/files.ts'
import { GroupJournal } from '../../src/store/spool/groups.ts'
import { FaultyDatabase } from './support/faulty-database.ts'
import { type Fault, FaultyDisk } from './support/faulty-disk.ts'
import { database, directory, storedBodies, useRealStore } from './support/real-store.ts'
import { bodiesOf, request, StoreHarness } from './support/store-harness.ts'

useRealStore()

describe('a journal that the disk does not take, after the rows were acknowledged', () => {
  const GROUPS = '/groups/'
  const REQUESTS = '/requests/'
  const full = (path: string, bytesWritten = 0): Fault => ({
    path,
    operation: 'write',
    code: 'ENOSPC',
    bytesWritten,
  })
  const cases: Array<[name: string, faults: Fault[]]> = [
    ['no group can be formed', [full(GROUPS), full(GROUPS, 30), full(GROUPS)]],
    ['the group is written and not synced', [{ path: GROUPS, operation: 'sync', code: 'EIO' }]],
    [
      'nor can what was written of it be cut off',
      [full(GROUPS, 30), { path: GROUPS, operation: 'truncate', code: 'EIO' }],
    ],
    ['no hash of a request', [full(REQUESTS), full(REQUESTS, 10), full(REQUESTS)]],
    ['the hashes are written and not synced', [{ path: REQUESTS, operation: 'sync', code: 'EIO' }]],
    ['neither of both', [full(GROUPS), full(REQUESTS), full(GROUPS), full(REQUESTS)]],
  ]
  test.each(cases)('%s: stored once, known when sent again', async (name, faults) => {
    const disk = new FaultyDisk()
    const harness = await StoreHarness.open({ directory, database, disk, spool: { segmentBytesMax: 1 } })
    disk.faults.push(...faults)
    const sent = [request(name, 10), request(name, 10)]
    for (const one of sent) await harness.send(one)
    harness.store.start()
    await expect.poll(() => harness.store.stats.spoolBytes, { interval: 50, timeout: 20_000 }).toBe(0)
    expect(disk.faults).toEqual([])
    await harness.stop()

    const next = await StoreHarness.open({ directory, database })
    for (const one of sent) expect(await next.send(one)).toMatchObject({ repeated: true })
    next.store.start()
    await next.stop()
    expect(await storedBodies(name)).toEqual(sent.flatMap(bodiesOf))
    expect(await readdir(join(directory, 'segments'))).toEqual([])
  })
})

test('a disk that stays full collects no files', async () => {
  const disk = new FaultyDisk()
  const harness = await StoreHarness.open({ directory, database, disk })
  for (let i = 0; i < 5; i++) {
    disk.faults.push({ path: 'segments', operation: 'write', code: 'ENOSPC', bytesWritten: 100 })
    await expect(harness.send(request('full', 1))).rejects.toMatchObject({ reason: 'disk_full' })
  }
  expect(await readdir(join(directory, 'segments'))).toEqual([])
  await harness.stopNow()
})

test('a kill in the middle of a fold leaves no group without its fate', async () => {
  const COUNT = 5000
  const blocks = Array.from({ length: COUNT }, (_, index) => blockOf(index))
  const open = (disk: SpoolDisk): Promise<GroupJournal> => GroupJournal.open(disk, directory, () => undefined)
  let writes = 0
  const images: Array<ReadonlyArray<readonly [string, Buffer]>> = []
  // Remembers what the disk holds before each write.
  const disk: SpoolDisk = {
    ...nodeDisk,
    open: async (path, mode) => {
      const file = await nodeDisk.open(path, mode)
      return {
        read: (...args) => file.read(...args),
        sync: () => file.sync(),
        truncate: (length) => file.truncate(length),
        size: () => file.size(),
        close: () => file.close(),
        write: async (chunks, position) => {
          if (writes++ > 0) images.push(await filesOf(directory))
          await file.write(chunks, position)
        },
      }
    },
  }
  // One group that is not settled and one block each for the others, all settled, one frame.
  const before = await open(nodeDisk)
  await before.form([blocks[0]!], 0)
  await before.split(await before.form(blocks.slice(1), 0), [], 0)
  await before.close()

  const folding = await open(disk)
  await folding.fold()
  await folding.close()
  expect(images.length).toBeGreaterThan(0)
  for (const image of images) {
    await rm(directory, { recursive: true })
    await nodeDisk.makeDirectory(directory)
    for (const [name, bytes] of image) await writeFile(join(directory, name), bytes)
    const after = await open(nodeDisk)
    const { settled, groups, free } = after.sort(blocks)
    await after.close()
    expect([settled.length, groups.length, free.length]).toEqual([COUNT - 1, 1, 0])
  }
})

async function filesOf(from: string): Promise<Array<readonly [string, Buffer]>> {
  const names = await readdir(from)
  return Promise.all(names.map(async (name) => [name, await readFile(join(from, name))] as const))
}

function blockOf(index: number): SpoolBlock {
  const position = { segment: 1, position: 0, commit: 1, index, timeMs: 0 }
  return {
    ...position,
    table: 'logs',
    partition: 'p',
    gatewayId: 'g',
    rows: 1,
    firstSeq: '1',
    lastSeq: '1',
    byteLength: 1,
  }
}

describe('a segment that the disk has damaged', () => {
  test.each([
    ['in the middle, in the last file', 1 << 20, 0],
    ['at its end, in a file that is not the last', 1, 1],
  ])('%s: not opened, and nothing is cut off', async (_name, segmentBytesMax, at) => {
    const harness = await StoreHarness.open({ directory, database, spool: { segmentBytesMax } })
    for (let i = 0; i < 3; i++) await harness.send(request('damaged', 5))
    await harness.stopNow()
    const segments = join(directory, 'segments')
    const path = join(segments, (await readdir(segments))[at]!)
    const whole = await readFile(path)
    const damaged = Buffer.from(whole)
    damaged[200]! ^= 1
    await writeFile(path, damaged)
    await expect(StoreHarness.open({ directory, database })).rejects.toThrow(
      /damaged at byte 0, and acknowledged rows come after it/,
    )
    expect(await readFile(path)).toEqual(damaged)
    // Restored from a copy, it is as if nothing had been.
    await writeFile(path, whole)
    const next = await StoreHarness.open({ directory, database })
    expect(next.failures).toEqual([])
    await next.stopNow()
  })

  test.each(['lost', 'answer lost'] as const)(
    'moved away, the rest of its group goes on: the group was sent before, and the outcome was: %s',
    async (fault) => {
      const prefix = `moved-${fault.replace(' ', '-')}`
      const faulty = new FaultyDatabase(database, 'logs')
      const attempted = Promise.withResolvers<void>()
      faulty.decide = () => {
        attempted.resolve()
        return fault
      }
      const inserter = { retryMinMs: 60_000, retryMaxMs: 60_000 }
      const spool = { segmentBytesMax: 1 }
      const harness = await StoreHarness.open({ directory, database: faulty, inserter, spool })
      const sent = [request(prefix, 5), request(prefix, 5), request(prefix, 5)]
      for (const one of sent) await harness.send(one)
      harness.store.start()
      await attempted.promise
      await harness.stopNow()
      const segments = join(directory, 'segments')
      await rm(join(segments, (await readdir(segments))[1]!))

      const next = await StoreHarness.open({ directory, database })
      next.store.start()
      await next.stop()
      const kept = fault === 'lost' ? [sent[0]!, sent[2]!] : sent
      expect(await storedBodies(prefix)).toEqual(kept.flatMap(bodiesOf))
      expect(await readdir(segments)).toEqual([])
    },
  )
})
