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

/** Memory of buffers that are still held. */
function held(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

describe('a queue of frames', () => {
  it.each([
    ['nobody takes any', 0],
    ['some are taken', 0.5],
  ])('holds what waits in it and no more, where %s', (_, taken) => {
    const queue = new FrameQueue(LIMITS)
    const before = held()
    for (let i = 0; i < 200; i++) {
      queue.push(frame(i), 0)
      if (i * taken >= Math.floor(i * taken) + 0.5) queue.take()
    }
    expect(queue.bytes).toBeGreaterThan(LIMITS.queueBytesMax / 2)
    expect(held() - before).toBeLessThan(LIMITS.queueBytesMax + 2 * FRAME_BYTES)
    expect(queue.isEmpty).toBe(false)
  })
})
