import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../../src/store/spool/files.ts'
import { FatalSpoolError, FrameLog } from '../../../src/store/spool/frame-log.ts'
import { FaultyDisk } from '../support/faulty-disk.ts'

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-log-'))
  try {
    await run(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function replay(directory: string): Promise<{ frames: string[]; torn: number }> {
  const frames: string[] = []
  let torn = 0
  const log = await FrameLog.open(nodeDisk, directory, {
    keepBytesMax: 1 << 20,
    onFrame: ({ kind, payload }) => void frames.push(`${kind}:${payload.toString('latin1')}`),
    onTorn: (_, bytes) => {
      torn += bytes
    },
  })
  await log.close()
  return { frames, torn }
}

const open = (directory: string, disk = nodeDisk): Promise<FrameLog> =>
  FrameLog.open(disk, directory, { keepBytesMax: 0, onFrame: () => undefined, onTorn: () => undefined })

const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

test('a crash at any byte keeps exactly the frames that were whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 6 }), fc.nat(), async (payloads, cut) => {
      await inDirectory(async (directory) => {
        const log = await open(directory)
        const ends: number[] = []
        for (const [i, one] of payloads.entries()) {
          await log.append(i, [one.subarray(0, 3), one.subarray(3)], true)
          ends.push(log.activeBytes)
        }
        await log.close()
        const [name] = await readdir(directory)
        const whole = await readFile(join(directory, name!))
        const length = cut % (whole.length + 1)
        await writeFile(join(directory, name!), whole.subarray(0, length))
        const kept = ends.filter((end) => end <= length).length
        const expected = payloads.slice(0, kept).map((one, i) => `${i}:${one.toString('latin1')}`)
        expect(await replay(directory)).toEqual({ frames: expected, torn: length - (ends[kept - 1] ?? 0) })
        // What was cut off stays away.
        expect(await replay(directory)).toEqual({ frames: expected, torn: 0 })
      })
    }),
    { numRuns: 60 },
  )
})

test('one wrong bit in the last frame takes it away, and nothing before it', async () => {
  await fc.assert(
    fc.asyncProperty(payload, payload, fc.nat(), async (first, second, at) => {
      await inDirectory(async (directory) => {
        const log = await open(directory)
        await log.append(1, [first], true)
        const start = log.activeBytes
        await log.append(2, [second], true)
        await log.close()
        const [name] = await readdir(directory)
        const bytes = await readFile(join(directory, name!))
        const position = start + (at % (bytes.length - start))
        bytes[position]! ^= 1 << (at % 8)
        await writeFile(join(directory, name!), bytes)
        expect((await replay(directory)).frames).toEqual([`1:${first.toString('latin1')}`])
      })
    }),
    { numRuns: 60 },
  )
})

test('garbage after the last frame is cut off, and the log goes on in a new file', async () => {
  await inDirectory(async (directory) => {
    const log = await open(directory)
    await log.append(1, [Buffer.from('one')], true)
    await log.close()
    const [name] = await readdir(directory)
    await appendFile(join(directory, name!), Buffer.alloc(5000, 0x57))
    const next = await open(directory)
    await next.append(1, [Buffer.from('two')], true)
    await next.close()
    expect(await replay(directory)).toEqual({ frames: ['1:one', '1:two'], torn: 0 })
    expect(await readdir(directory)).toHaveLength(2)
  })
})

test.each(['write', 'sync'] as const)(
  'a failed %s is cut off and never repeated: the log goes on in a new file',
  async (operation) => {
    await inDirectory(async (directory) => {
      const disk = new FaultyDisk()
      const log = await open(directory, disk)
      await log.append(1, [Buffer.from('one')], true)
      disk.faults.push({ path: '.log', operation, code: 'EIO', bytesWritten: 7 })
      await expect(log.append(1, [Buffer.from('lost')], true)).rejects.toThrow('EIO')
      await log.append(1, [Buffer.from('two')], true)
      await log.close()
      expect(await replay(directory)).toEqual({ frames: ['1:one', '1:two'], torn: 0 })
      expect(await readdir(directory)).toHaveLength(2)
    })
  },
)

test('if the cut fails too, the error says that nobody may be answered', async () => {
  await inDirectory(async (directory) => {
    const disk = new FaultyDisk()
    const log = await open(directory, disk)
    disk.faults.push(
      { path: '.log', operation: 'write', code: 'EIO' },
      { path: '.log', operation: 'truncate', code: 'EIO' },
    )
    await expect(log.append(1, [Buffer.from('lost')], true)).rejects.toBeInstanceOf(FatalSpoolError)
  })
})
