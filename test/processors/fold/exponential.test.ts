import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { EPOCH_MS, FoldWorld, labels, MS, metricRequest } from './world.ts'

type Sides = {
  readonly positive: Map<number, number>
  readonly negative: Map<number, number>
  readonly zero: number
}

/** The buckets of observations by the definition of the data model: bucket i is (base^i, base^(i+1)], base = 2^(2^-scale). */
function bucketsOf(values: ReadonlyArray<number>, scale: number, threshold: number): Sides {
  const sides = { positive: new Map<number, number>(), negative: new Map<number, number>(), zero: 0 }
  for (const value of values) {
    const index = Math.ceil(Math.log2(Math.abs(value)) * 2 ** scale) - 1
    const side = value > 0 ? sides.positive : sides.negative
    if (Math.abs(value) <= threshold) sides.zero++
    else side.set(index, (side.get(index) ?? 0) + 1)
  }
  return sides
}

type Sender = {
  readonly id: string
  readonly startMs: number
  readonly values: ReadonlyArray<number>
  readonly scale: number
  readonly threshold: number
}

function request(temporality: number, ms: number, ...senders: Sender[]): MetricsRequest {
  const dataPoints = senders.map(({ id, scale, startMs, threshold, values }) => {
    const { negative, positive, zero } = bucketsOf(values, scale, threshold)
    return {
      attributes: labels({ id }),
      startTimeUnixNano: String(BigInt(EPOCH_MS + startMs) * MS),
      timeUnixNano: String(BigInt(EPOCH_MS + ms) * MS),
      count: String(values.length),
      sum: values.reduce((total, value) => total + value, 0),
      scale,
      zeroCount: String(zero),
      zeroThreshold: threshold,
      positive: sideOf(positive),
      negative: sideOf(negative),
    }
  })
  return metricRequest({ exponentialHistogram: { aggregationTemporality: temporality, dataPoints } })
}

function sideOf(side: ReadonlyMap<number, number>): object {
  if (side.size === 0) return {}
  const offset = Math.min(...side.keys())
  const last = Math.max(...side.keys())
  // Empty buckets around are allowed.
  const counts = Array.from({ length: last - offset + 3 }, (_, i) => String(side.get(offset - 1 + i) ?? 0))
  return { offset: offset - 1, bucketCounts: counts }
}

type Said = Sides & {
  readonly count: number
  readonly sum: number
  readonly scale: number
  readonly threshold: number
  readonly length: number
}

function folded(world: FoldWorld, sent: MetricsRequest): Said {
  const { kept } = world.send(sent)
  expect(kept).toHaveLength(1)
  const point = kept[0]!.point as unknown as {
    count: bigint
    sum: number
    scale: number
    zeroCount: bigint
    zeroThreshold: number
    positive: { offset: number; bucketCounts: bigint[] }
    negative: { offset: number; bucketCounts: bigint[] }
  }
  const side = ({ bucketCounts, offset }: { offset: number; bucketCounts: bigint[] }): Map<number, number> =>
    new Map(bucketCounts.flatMap((count, i) => (count === 0n ? [] : [[offset + i, Number(count)]])))
  return {
    count: Number(point.count),
    sum: point.sum,
    scale: point.scale,
    zero: Number(point.zeroCount),
    threshold: point.zeroThreshold,
    positive: side(point.positive),
    negative: side(point.negative),
    length: Math.max(point.positive.bucketCounts.length, point.negative.bucketCounts.length),
  }
}

/** What all observations look like at the scale and zero bucket of the fold, which are not ours to choose. */
function expectAll(said: Said, all: ReadonlyArray<number>): void {
  const { count, sum, scale, threshold, length, ...sides } = said
  expect(sides).toEqual(bucketsOf(all, scale, threshold))
  expect(count).toBe(all.length)
  expect(sum).toBeCloseTo(
    all.reduce((total, value) => total + value, 0),
    3,
  )
  expect(length).toBeLessThanOrEqual(320)
}

/** Of the metrics SDK's specification. */
const SCALE_MIN = -10
const CUMULATIVE = 2
const DELTA = 1
// No powers of two: which side of a bound they lie on is a matter of rounding.
const OBSERVATION = fc
  .tuple(fc.double({ min: 1.01, max: 1.99, noNaN: true }), fc.integer({ min: -12, max: 12 }), fc.boolean())
  .map(([digits, exponent, isNegative]) => (isNegative ? -1 : 1) * digits * 2 ** exponent)
const STEP = fc.record({
  member: fc.nat(2),
  observed: fc.array(OBSERVATION, { maxLength: 6 }),
  restarts: fc.boolean(),
  lowers: fc.nat(2),
  threshold: fc.constantFrom(0, 0, 2 ** -9, 0.003),
})

describe('exponential histograms', () => {
  it('add up to what the observations of their members add up to, at any scales and zero thresholds', () => {
    fc.assert(
      fc.property(fc.array(STEP, { minLength: 1, maxLength: 25, size: 'max' }), fc.nat(8), (steps, scale) => {
        const world = new FoldWorld()
        const members = [0, 1, 2].map((i) => ({
          startMs: 1,
          values: [] as number[],
          scale: scale - 2 * i,
          threshold: 0,
        }))
        const all: number[] = []
        steps.forEach(({ lowers, member, observed, restarts, threshold }, i) => {
          const sender = members[member]!
          const ms = 10 * (i + 1)
          if (restarts) Object.assign(sender, { startMs: ms - 1, values: [], scale })
          // Below that a point is refused where it is scanned.
          sender.scale = Math.max(SCALE_MIN, sender.scale - lowers)
          sender.threshold = Math.max(sender.threshold, threshold)
          sender.values.push(...observed)
          all.push(...observed)
          expectAll(folded(world, request(CUMULATIVE, ms, { id: String(member), ...sender })), all)
        })
      }),
      { numRuns: 80 },
    )
  })

  it('far apart share a scale at which their buckets have room', () => {
    const world = new FoldWorld()
    const sender = (id: string, value: number): Sender => ({
      id,
      startMs: 1,
      values: [value],
      scale: 20,
      threshold: 0,
    })
    const said = folded(world, request(CUMULATIVE, 2, sender('a', 1.1e-9), sender('b', 1.1e9)))
    expectAll(said, [1.1e-9, 1.1e9])
    expect(said.scale).toBe(2)
  })

  it('that lose a bucket began again; late ones are nothing new; old series are baselines', () => {
    const world = new FoldWorld()
    const sender = { id: 'a', startMs: 1, scale: 3, threshold: 0 }
    folded(world, request(CUMULATIVE, 2, { ...sender, values: [1.5, 3.5] }))
    // As many, elsewhere.
    expectAll(folded(world, request(CUMULATIVE, 3, { ...sender, values: [1.5, 7.5] })), [1.5, 3.5, 1.5, 7.5])
    expect(folded(world, request(CUMULATIVE, 2, { ...sender, values: [1.5, 7.5, 9] })).count).toBe(4)
    expect(
      folded(world, request(CUMULATIVE, 4, { ...sender, id: 'old', startMs: -1, values: [5] })).count,
    ).toBe(4)
    expect(
      folded(world, request(CUMULATIVE, 5, { ...sender, id: 'old', startMs: -1, values: [5, 6.5] })).count,
    ).toBe(5)
  })

  it.each([
    { place: 'a positive bucket', before: [1.5, 1.5, 3.5], after: [1.5, 3.5, 3.5, 3.5] },
    { place: 'a negative bucket', before: [-1.5, -1.5, -3.5], after: [-1.5, -3.5, -3.5, -3.5] },
    { place: 'the zero bucket', before: [0, 0, 1.5], after: [0, 1.5, 1.5, 1.5] },
  ])(
    'that have less in $place began again, though their buckets stand where they stood',
    ({ after, before }) => {
      const world = new FoldWorld()
      const sender = { id: 'a', startMs: 1, scale: 3, threshold: 0 }
      expectAll(folded(world, request(CUMULATIVE, 2, { ...sender, values: before })), before)
      expectAll(folded(world, request(CUMULATIVE, 3, { ...sender, values: after })), [...before, ...after])
      const later = [...after, 1.5]
      expectAll(folded(world, request(CUMULATIVE, 4, { ...sender, values: later })), [...before, ...later])
    },
  )

  it.each([
    { what: 'lower positive bucket', first: [1.5], next: [1.5, 1.1] },
    { what: 'higher positive bucket', first: [1.5], next: [1.5, 9.5] },
    { what: 'negative bucket beside others', first: [-1.5], next: [-1.5, -9.5] },
    { what: 'first negative bucket', first: [1.5], next: [1.5, -9.5] },
  ])('that go on with a $what have it counted', ({ first, next }) => {
    const world = new FoldWorld()
    const sender = { id: 'a', startMs: 1, scale: 3, threshold: 0 }
    expectAll(folded(world, request(CUMULATIVE, 2, { ...sender, values: first })), first)
    expectAll(folded(world, request(CUMULATIVE, 3, { ...sender, values: next })), next)
    // Another member has those buckets already, so that the fold's own cover them.
    expectAll(folded(world, request(CUMULATIVE, 4, { ...sender, id: 'b', values: first })), [
      ...next,
      ...first,
    ])
    expectAll(folded(world, request(CUMULATIVE, 5, { ...sender, id: 'b', values: next })), [...next, ...next])
  })

  it('widen the zero bucket for all with the first point that says one, though its buckets are those of before', () => {
    const world = new FoldWorld()
    const sender = { id: 'a', startMs: 1, scale: 3 }
    const [small, large] = [2 ** -9 * 1.01, 1.5]
    folded(world, request(CUMULATIVE, 2, { ...sender, id: 'b', threshold: 0, values: [small] }))
    folded(world, request(CUMULATIVE, 2, { ...sender, threshold: 0, values: [large] }))
    const said = folded(world, request(CUMULATIVE, 3, { ...sender, threshold: 0.01, values: [large, large] }))
    expectAll(said, [small, large, large])
    expect(said.zero).toBe(1)
  })

  it('of deltas are those of one request', () => {
    const world = new FoldWorld({}, { membersMax: 0, bucketsMax: 0 })
    const sender = { startMs: 1, threshold: 0 }
    const sent = request(
      DELTA,
      2,
      { ...sender, id: 'a', scale: 3, values: [1.5, -3.5] },
      { ...sender, id: 'b', scale: 1, values: [100.5] },
    )
    for (let i = 0; i < 2; i++) expectAll(folded(world, sent), [1.5, -3.5, 100.5])
  })

  it('are dropped, and not counted, where there is no room for their buckets', () => {
    const world = new FoldWorld({}, { bucketsMax: 24 })
    const sender = (id: string, ...values: number[]): Sender => ({
      id,
      startMs: 1,
      values,
      scale: 0,
      threshold: 0,
    })
    expect(
      world.send(request(CUMULATIVE, 2, sender('a', 1.5), sender('b', 1.5), sender('c', 1.5))).verdicts,
    ).toEqual(['kept', 'aggregate', 'fold_state_full'])
    // It needs more buckets than it had, for which there is no room beside the old ones.
    const grown = sender('a', 1.5, 2 ** 20 + 1)
    expect(world.send(request(CUMULATIVE, 3, grown)).verdicts).toEqual(['fold_state_full'])
    expect(folded(world, request(CUMULATIVE, 3, sender('a', 1.5, 1.7))).count).toBe(3)
  })
})
