import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../../src/store/spool/files.ts'
import { Sequence, sequenceAt, timeOfSequence } from '../../../src/store/spool/sequence.ts'
import { FaultyDisk } from '../support/faulty-disk.ts'

async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-sequence-'))
  try {
    return await run(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('contains the receive time', async () => {
  await inDirectory(async (directory) => {
    const now = Date.UTC(2026, 10, 24)
    const sequence = await Sequence.open(nodeDisk, directory, () => now, 0n)
    expect(timeOfSequence(sequence.take(1))).toBe(now)
  })
})

test('never gives a number twice, whatever the clock does and however it was stopped', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: -100_000, max: 4000 }) }),
    fc.record({ kind: fc.constantFrom('crash' as const, 'stop' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await inDirectory(async (directory) => {
        let now = Date.UTC(2026, 10, 24)
        let sequence = await Sequence.open(nodeDisk, directory, () => now, 0n)
        let last = -1n
        for (const one of steps) {
          if (one.kind === 'take') {
            if (!sequence.available) await sequence.keepAhead()
            const first = sequence.take(one.count)
            expect(first > last).toBe(true)
            last = first + BigInt(one.count) - 1n
          } else if (one.kind === 'clock') now += one.byMs
          else {
            if (one.kind === 'stop') await sequence.close()
            sequence = await Sequence.open(nodeDisk, directory, () => now, 0n)
          }
        }
      })
    }),
    { numRuns: 40 },
  )
})

test('what a watermark published is never given after a crash with the clock set back', async () => {
  await inDirectory(async (directory) => {
    let now = Date.UTC(2026, 10, 24)
    const before = await Sequence.open(nodeDisk, directory, () => now, 0n)
    before.take(10)
    const published = before.next
    now -= 3_600_000
    const after = await Sequence.open(nodeDisk, directory, () => now, 0n)
    expect(after.take(1) >= published).toBe(true)
  })
})

test('a spool whose mark was lost goes on above its commits', async () => {
  await inDirectory(async (directory) => {
    const sequence = await Sequence.open(nodeDisk, directory, () => 1000, sequenceAt(5000))
    expect(sequence.take(1) > sequenceAt(5000)).toBe(true)
  })
})

test('when the mark can not be moved, it says so before it runs out', async () => {
  await inDirectory(async (directory) => {
    let now = Date.UTC(2026, 10, 24)
    const disk = new FaultyDisk()
    const sequence = await Sequence.open(disk, directory, () => now, 0n)
    for (let i = 0; i < 100; i++) disk.faults.push({ path: 'sequence', operation: 'write', code: 'ENOSPC' })
    now += 8000
    expect(sequence.available).toBe(true)
    sequence.take(1)
    await sequence.keepAhead()
    now += 4000
    expect(sequence.available).toBe(false)
    disk.faults.length = 0
    await sequence.keepAhead()
    expect(sequence.available).toBe(true)
  })
})
