import { expect, it } from 'vitest'
import { type CounterPoint, counterRequest, EPOCH_MS, FoldWorld, MS } from './world.ts'

const START = BigInt(EPOCH_MS) * MS

it('one', () => {
  const world = new FoldWorld()
  const p = (id: string, startMs: number, timeMs: number, value: bigint): CounterPoint => ({
    id, startNs: START + BigInt(startMs) * MS, timeNs: START + BigInt(timeMs) * MS, value,
  })
  console.dir(world.send(counterRequest([p('a', -1000, -5, 100n), p('b', -500, -5, 10n)])), { depth: 9 })
  world.nowMs += 10_000
  console.dir(world.send(counterRequest([p('a', -1000, 9000, 107n), p('b', 2000, 9000, 3n), p('c', 5, 9000, 2n)])).kept[0]!.point)
  expect(1).toBe(1)
})
