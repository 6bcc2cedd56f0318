import { readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RefusedError } from '../../src/store/store.ts'
import { type Fault, FaultyDisk } from './support/faulty-disk.ts'
import { database, directory, storedBodies, useRealStore } from './support/real-store.ts'
import { bodiesOf, request, StoreHarness } from './support/store-harness.ts'

useRealStore()

async function refusalOf(sending: Promise<unknown>): Promise<string> {
  const error = await sending.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(RefusedError)
  return (error as RefusedError).reason
}

const SEGMENT = 'segments'

describe('a commit that the disk does not take', () => {
  const cases: Array<[name: string, faults: Fault[], reason: string]> = [
    ['the write fails at once', [{ path: SEGMENT, operation: 'write', code: 'EIO' }], 'commit_failed'],
    [
      'the disk is full in the middle',
      [{ path: SEGMENT, operation: 'write', code: 'ENOSPC', bytesWritten: 200 }],
      'disk_full',
    ],
    [
      'all is written but the trailer',
      [{ path: SEGMENT, operation: 'write', code: 'ENOSPC', bytesWritten: 1_000_000 }],
      'disk_full',
    ],
    ['the fsync fails', [{ path: SEGMENT, operation: 'sync', code: 'EIO' }], 'commit_failed'],
  ]
  test.each(cases)(
    '%s: refused as retryable, nothing of it is left, and the resent request is stored once',
    async (name, faults, reason) => {
      const disk = new FaultyDisk()
      const harness = await StoreHarness.open({ directory, database, disk })
      const ended: Array<[number, boolean]> = []
      harness.store.onCommit((commit, durable) => ended.push([commit, durable]))
      const before = request(`${name} a`, 10)
      await harness.send(before)
      disk.faults.push(...faults)
      const hit = request(`${name} b`, 10)
      const commit = harness.store.openCommit
      expect(await refusalOf(harness.send(hit))).toBe(reason)
      expect(ended).toEqual([
        [commit - 1, true],
        [commit, false],
      ])
      expect(await harness.send(hit)).toEqual({ rejected: 0, message: '' })
      await harness.stopNow()

      const next = await StoreHarness.open({ directory, database })
      expect(next.failures).toEqual([])
      expect(await next.send(hit)).toMatchObject({ repeated: true })
      next.store.start()
      await next.stop()
      expect(await storedBodies(`${name} a`)).toEqual(bodiesOf(before))
      expect(await storedBodies(`${name} b`)).toEqual(bodiesOf(hit))
    },
  )

  test('if the cut fails too, nobody is answered, and the hashes decide after the restart', async () => {
    const disk = new FaultyDisk()
    const harness = await StoreHarness.open({ directory, database, disk })
    disk.faults.push(
      { path: SEGMENT, operation: 'sync', code: 'EIO' },
      { path: SEGMENT, operation: 'truncate', code: 'EIO' },
    )
    const hit = request('undecided', 10)
    let answered = false
    harness.send(hit).then(
      () => {
        answered = true
      },
      () => {
        answered = true
      },
    )
    expect(await harness.fatal).toMatchObject({ name: 'FatalSpoolError' })
    await harness.stopNow()
    expect(answered).toBe(false)

    const next = await StoreHarness.open({ directory, database })
    next.store.start()
    await next.send(hit)
    await next.stop()
    expect(await storedBodies('undecided')).toEqual(bodiesOf(hit))
  })

  test('a commit refused after another in flight carries the resources of both', async () => {
    const disk = new FaultyDisk()
    const harness = await StoreHarness.open({ directory, database, disk, spool: { commitIntervalMs: 1 } })
    disk.faults.push({ path: SEGMENT, operation: 'sync', code: 'EIO' })
    const first = request('orphan', 1, { service: 'orphanage' })
    const second = request('orphan', 1, { service: 'orphanage' })
    const refused = refusalOf(harness.send(first))
    const commit = harness.store.openCommit
    await new Promise<void>((resolve) => {
      const waitForSeal = (): void => {
        if (harness.store.openCommit > commit) resolve()
        else setImmediate(waitForSeal)
      }
      waitForSeal()
    })
    await harness.send(second)
    await refused
    harness.store.start()
    await harness.stop()
    const rows = await database.rows<{ Body: string; service: string }>(
      "SELECT l.Body AS Body, r.ServiceName AS service FROM logs AS l ANY LEFT JOIN resources AS r ON l.TenantId = r.TenantId AND l.ResourceFingerprint = r.ResourceFingerprint WHERE startsWith(Body, 'orphan ')",
    )
    expect(rows).toEqual([{ Body: bodiesOf(second)[0], service: 'orphanage' }])
  })
})

test.each([1, 4, 8, 9, 100, 500])(
  'the last %i bytes of a commit are missing: it is cut off whole, and its request is new again',
  async (missing) => {
    const harness = await StoreHarness.open({ directory, database })
    const first = request(`whole${missing}`, 5)
    await harness.send(first)
    const second = request(`torn${missing}`, 5)
    await harness.send(second)
    await harness.stopNow()
    // As a crash in the middle of the write leaves it: the journal of requests comes after the fsync.
    await rm(join(directory, 'requests'), { recursive: true })
    const segments = join(directory, SEGMENT)
    const [name] = await readdir(segments)
    const path = join(segments, name!)
    const { size } = await stat(path)
    await truncate(path, size - missing)

    const next = await StoreHarness.open({ directory, database })
    expect(next.failures).toHaveLength(1)
    expect(await next.send(first)).toMatchObject({ repeated: true })
    expect(await next.send(second)).not.toHaveProperty('repeated')
    next.store.start()
    await next.stop()
    expect(await storedBodies(`whole${missing}`)).toEqual(bodiesOf(first))
    expect(await storedBodies(`torn${missing}`)).toEqual(bodiesOf(second))
  },
)

test('no room left: refused as retryable before anything is scanned; taken again when there is room', async () => {
  const disk = new FaultyDisk()
  disk.free = 1000
  const harness = await StoreHarness.open({ directory, database, disk, spool: { freeBytesMin: 1 << 20 } })
  expect(await refusalOf(harness.send(request('cramped', 1)))).toBe('disk_full')
  disk.free = 1 << 30
  await expect.poll(() => harness.store.refusal, { interval: 50, timeout: 10_000 }).toBeUndefined()
  await harness.send(request('cramped', 1))
  await harness.stopNow()
})

test('a spool at its ceiling refuses until ClickHouse took some', async () => {
  const harness = await StoreHarness.open({
    directory,
    database,
    spool: { bytesMax: 4000, segmentBytesMax: 1 },
  })
  while (harness.store.refusal === undefined) await harness.send(request('ceiling', 5))
  expect(await refusalOf(harness.send(request('ceiling', 1)))).toBe('spool_full')
  harness.store.start()
  // Only the segment being written stays; one commit is far below the ceiling.
  await expect.poll(() => harness.store.refusal, { interval: 50, timeout: 20_000 }).toBeUndefined()
  await harness.stop()
})
