import { copyFileSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CriLog, NodeClock } from '../tail/support/cri-log.ts'
import { KubeletReader, readLogQuery } from '../tail/support/kubelet-reader.ts'
import { ControlPlane } from './support/control-plane.ts'
import { Kwok } from './support/kwok.ts'

/**
 * Scenario: one log file, read by the tests' kubelet and by kwok, whose reader is the kubelet's own code. Guarantees: what
 * both test suites take for a kubelet answers as a kubelet does.
 */

let kwok: Kwok
let folder: string

const cleanups: Array<() => Promise<void>> = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-cri-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const plane = await ControlPlane.start()
  cleanups.push(() => plane.stop())
  kwok = await Kwok.start(plane)
  cleanups.push(() => kwok.stop())
})
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

type Write = {
  readonly length: number
  readonly stream: 'stdout' | 'stderr'
  readonly newline: boolean
  readonly stepMs: number
}

const write: fc.Arbitrary<Write> = fc.record({
  length: fc.constantFrom(0, 1, 20, 200, 16_384, 16_385, 40_000),
  stream: fc.constantFrom('stdout', 'stderr'),
  newline: fc.boolean(),
  // Back in time as well, as two streams of one container.
  stepMs: fc.constantFrom(0, 1, 300, 999, 2_000, -40),
})

const query = fc.record(
  {
    timestamps: fc.constantFrom('true', 'false'),
    sinceSeconds: fc.nat(5),
    tailLines: fc.nat(12),
    limitBytes: fc.integer({ min: 1, max: 50_000 }),
  },
  { requiredKeys: ['timestamps'] },
)

const START = '2026-03-01T10:00:00Z'

function writeLog(writes: ReadonlyArray<Write>, zone: string): CriLog {
  const clock = new NodeClock(START)
  const log = new CriLog(folder, 0, clock, zone)
  writes.forEach(({ length, stream, newline, stepMs }, i) => {
    log.append(`${i} `.padEnd(length, 'x').slice(0, length), {
      stream,
      newline,
      ns: clock.next(BigInt(stepMs) * 1_000_000n),
    })
  })
  return log
}

function queryText({ sinceSeconds, ...rest }: { readonly sinceSeconds?: number }): string {
  const sinceTime = new Date(Date.parse(START) + (sinceSeconds ?? 0) * 1000).toISOString()
  const text = new URLSearchParams()
  const given = { ...rest, ...(sinceSeconds === undefined ? {} : { sinceTime }) }
  for (const [key, value] of Object.entries(given)) text.set(key, String(value))
  return text.toString()
}

describe("the tests' kubelet", () => {
  it('reads every log as the kubelet does, whatever is asked of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 20 }),
        query,
        fc.constantFrom('Z', '+05:30', '-08:00'),
        async (writes, asked, zone) => {
          const log = writeLog(writes, zone)
          copyFileSync(log.path, kwok.file)
          const text = queryText(asked)
          const ours: Buffer[] = []
          const reader = new KubeletReader(log, readLogQuery(new URLSearchParams(text)), (bytes) =>
            ours.push(Buffer.from(bytes)),
          )
          reader.pump()
          reader.close()
          const { body } = await kwok.log(text)
          expect(Buffer.concat(ours).toString()).toBe(body.toString())
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('follows a log over its rotations as the kubelet does', async () => {
    const log = new CriLog(dirname(kwok.file), 0, new NodeClock(START))
    log.append('before anybody asked')
    const ours: Buffer[] = []
    const query = readLogQuery(new URLSearchParams('follow=true&timestamps=true'))
    const reader = new KubeletReader(log, query, (bytes) => ours.push(Buffer.from(bytes)))
    log.onChange(() => reader.pump())
    reader.pump()
    const { pieces, end } = kwok.follow('timestamps=true')
    // Two rotations between two of the kubelet's looks would cost it a file: each is awaited.
    const isSame = (): boolean => Buffer.concat(pieces.all).equals(Buffer.concat(ours))
    for (let rotations = 0; rotations < 4; rotations++) {
      log.append(`line of file ${rotations}`)
      log.append('x'.repeat(20_000))
      log.append('no newline', { newline: false, stream: 'stderr' })
      log.append(' yet')
      await pieces.until(isSame)
      log.rotate()
    }
    log.append('of the last file')
    await pieces.until(isSame)
    end()
    reader.close()
    expect(String(Buffer.concat(pieces.all)).split('\n')).toHaveLength(15)
  })
})
