import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { Frame } from '../../src/tail/viewers/frame.ts'
import { FrameQueue } from '../../src/tail/viewers/frame-queue.ts'

/** Scenario: frames go through the queue of one viewer. Guarantee: those that are taken or dropped are not held any longer. */

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const KiB = 1024
const FRAME_BYTES = 48 * KiB
const LIMITS = { queueBytesMax: 384 * KiB, queueLinesMax: 10_000 }
const frame = (n: number): Frame => ({
  data: Buffer.alloc(FRAME_BYTES, n),
  lines: 1,
  fromNs: BigInt(n),
  toNs: BigInt(n),
  marks: [],
})

describe('a queue of frames', () => {
  it.each([
    ['nobody takes any', 0],
    ['some are taken', 0.5],
  ])('holds what waits in it and no more, where %s', async (_, taken) => {
    const queue = new FrameQueue(LIMITS)
    const frames: WeakRef<Frame>[] = []
    for (let i = 0; i < 200; i++) {
      const pushed = frame(i)
      frames.push(new WeakRef(pushed))
      queue.push(pushed, 0)
      if (i * taken >= Math.floor(i * taken) + 0.5) queue.take()
    }
    // What a reference was made of lives to the end of the turn that made it.
    await nextTurn()
    collect()
    const held = frames.filter((reference) => reference.deref() !== undefined).length
    expect(queue.bytes).toBeGreaterThan(LIMITS.queueBytesMax / 2)
    expect(held).toBeLessThanOrEqual(LIMITS.queueBytesMax / FRAME_BYTES + 2)
    expect(queue.isEmpty).toBe(false)
  })
})
