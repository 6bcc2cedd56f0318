import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GATEWAYS, type SeamOp, SeamWorld, VIEWERS } from './support/seam-world.ts'

/**
 * Scenario: a container writes; its log is rotated while it is read, or not; two gateways read it, and take its rows in any
 * order, whenever it is; viewers come, go and come back at either with the last token that they got. Guarantee: a viewer is told
 * each line of its query once, or it lies in a gap that it was told of.
 */

const gateway = fc.nat(GATEWAYS.length - 1)
const op: fc.Arbitrary<SeamOp> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      stepMs: fc.constantFrom(-600, 0, 1, 400, 1500, 7000),
      isWanted: fc.integer({ min: 0, max: 4 }).map((value) => value > 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rotate' as const, 'heartbeat' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('deliver' as const, 'deliver' as const, 'silent' as const, 'cut' as const),
      gateway,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('collect' as const, 'collect' as const, 'poll' as const),
      gateway,
      nth: fc.nat(8),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), nth: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('come' as const, 'leave' as const),
      viewer: fc.nat(VIEWERS - 1),
      gateway,
    }),
  },
)

describe('a container that is read and stored at any pace', () => {
  it('is told line by line once, or in announced gaps, over all resumes', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(op, { minLength: 5, maxLength: 80, size: 'max' }),
        fc.record({
          marginMs: fc.constantFrom(1000, 30_000),
          ringBytesMax: fc.constantFrom(1, 200, 1 << 20),
          lingers: fc.boolean(),
        }),
        async (operations, options) => {
          const world = new SeamWorld(options)
          for (const one of operations) await world.run(one)
          await world.settle()
          const found = world.complaints()
          world.stop()
          expect(world.failures).toEqual([])
          expect(found).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })
})
