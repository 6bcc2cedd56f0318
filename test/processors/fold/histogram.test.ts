import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { EPOCH_MS, FoldWorld, labels, MS, metricRequest } from './world.ts'

type Histogram = {
  readonly id: string
  readonly startMs?: number
  readonly ms: number
  readonly bounds: ReadonlyArray<number>
  readonly counts: ReadonlyArray<number>
  readonly sum?: number
  readonly min?: number
  readonly max?: number
}

const CUMULATIVE = 2
const DELTA = 1

function request(temporality: number, ...points: Histogram[]): MetricsRequest {
  const dataPoints = points.map(({ bounds, counts, id, max, min, ms, startMs = 1, sum }) => ({
    attributes: labels({ id }),
    startTimeUnixNano: String(BigInt(EPOCH_MS + startMs) * MS),
    timeUnixNano: String(BigInt(EPOCH_MS + ms) * MS),
    count: String(counts.reduce((total, count) => total + count, 0)),
    bucketCounts: counts.map(String),
    explicitBounds: bounds,
    ...(sum === undefined ? {} : { sum }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }))
  return metricRequest({ histogram: { aggregationTemporality: temporality, dataPoints } }, 'duration')
}

/** The folded point. */
function folded(world: FoldWorld, sent: MetricsRequest): Record<string, unknown> {
  const { kept } = world.send(sent)
  expect(kept).toHaveLength(1)
  const { bucketCounts, count, explicitBounds, sum, min, max } = kept[0]!.point as unknown as Record<
    string,
    unknown
  >
  const extremes = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  return { count, sum, bounds: explicitBounds, counts: (bucketCounts as bigint[]).map(Number), ...extremes }
}

describe('cumulative histograms', () => {
  it('add up bucket by bucket; a reset is a lower bucket or a later start', () => {
    const world = new FoldWorld()
    const bounds = [1, 5]
    const a = { id: 'a', bounds, startMs: 1 }
    expect(folded(world, request(CUMULATIVE, { ...a, ms: 2, counts: [1, 2, 3], sum: 20 }))).toEqual({
      count: 6n,
      sum: 20,
      bounds,
      counts: [1, 2, 3],
    })
    // One more in the first bucket.
    expect(folded(world, request(CUMULATIVE, { ...a, ms: 3, counts: [2, 2, 3], sum: 20.5 }))).toMatchObject({
      count: 7n,
      sum: 20.5,
      counts: [2, 2, 3],
    })
    // The count is higher, but a bucket is lower: it began again.
    expect(folded(world, request(CUMULATIVE, { ...a, ms: 4, counts: [9, 0, 0], sum: 1 }))).toMatchObject({
      count: 16n,
      sum: 21.5,
      counts: [11, 2, 3],
    })
    expect(
      folded(world, request(CUMULATIVE, { ...a, startMs: 5, ms: 6, counts: [9, 1, 0], sum: 2 })),
    ).toMatchObject({ count: 26n, sum: 23.5, counts: [20, 3, 3] })
    // Late, and of the life before.
    expect(folded(world, request(CUMULATIVE, { ...a, ms: 4, counts: [10, 0, 0], sum: 1 }))).toMatchObject({
      count: 26n,
    })
  })

  it('with more bounds are added to fewer, whoever came first; those with others are refused by name', () => {
    const world = new FoldWorld()
    const fine = { id: 'fine', bounds: [1, 2, 5], ms: 1, counts: [1, 1, 1, 1], sum: 9 }
    folded(world, request(CUMULATIVE, fine))
    expect(
      folded(world, request(CUMULATIVE, { id: 'coarse', bounds: [2], ms: 1, counts: [10, 20], sum: 1 })),
    ).toEqual({
      count: 34n,
      sum: 10,
      bounds: [2],
      counts: [12, 22],
    })
    // What is remembered of the first is brought to the bounds of now.
    expect(folded(world, request(CUMULATIVE, { ...fine, ms: 2, counts: [2, 1, 1, 3] }))).toMatchObject({
      count: 37n,
      counts: [13, 24],
    })
    const other = world.send(request(CUMULATIVE, { id: 'other', bounds: [3], ms: 1, counts: [1, 1] }))
    expect(other.verdicts).toEqual(['fold_bounds_differ'])
    expect(world.send(request(CUMULATIVE, { id: 'none', bounds: [], ms: 1, counts: [] })).verdicts).toEqual([
      'fold_bounds_differ',
    ])
    expect(world.engine.members.count).toBe(2)
  })

  it('of older series are baselines, and without a sum leave the fold without', () => {
    const world = new FoldWorld()
    const old = { id: 'old', startMs: -5, bounds: [1], ms: 1, counts: [5, 5], sum: 10 }
    expect(folded(world, request(CUMULATIVE, old))).toEqual({
      count: 0n,
      sum: 0,
      bounds: [1],
      counts: [0, 0],
    })
    expect(folded(world, request(CUMULATIVE, { ...old, ms: 2, counts: [6, 5], sum: 11 }))).toMatchObject({
      count: 1n,
      sum: 1,
    })
    const { sum, ...without } = folded(
      world,
      request(CUMULATIVE, { id: 'b', bounds: [1], ms: 2, counts: [1, 0] }),
    )
    expect([sum, without]).toEqual([undefined, { count: 2n, bounds: [1], counts: [2, 0] }])
  })

  it('are dropped, and not counted, where there is no room for their buckets', () => {
    const world = new FoldWorld({}, { bucketsMax: 8 })
    const point = { bounds: [1, 2, 3], ms: 1, counts: [1, 1, 1, 1] }
    const sent = request(CUMULATIVE, { ...point, id: 'a' }, { ...point, id: 'b' })
    expect(world.send(sent).verdicts).toEqual(['kept', 'fold_state_full'])
  })

  it('add up to what the observations of their members add up to', () => {
    const bounds = [0, 10, 100]
    const step = fc.record({
      member: fc.nat(2),
      observed: fc.array(fc.integer({ min: -5, max: 200 }), { maxLength: 5 }),
      restarts: fc.boolean(),
      isCoarse: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }), (steps) => {
        const world = new FoldWorld()
        const members = [0, 1, 2].map((i) => ({ startMs: 1 + i, seen: [] as number[] }))
        const all: number[] = []
        let coarse = false
        steps.forEach(({ isCoarse, member, observed, restarts }, i) => {
          const ms = 10 * (i + 1)
          const sender = members[member]!
          if (restarts) Object.assign(sender, { startMs: ms - 1, seen: [] })
          sender.seen.push(...observed)
          all.push(...observed)
          coarse ||= isCoarse
          const own = isCoarse ? [10] : bounds
          const sum = sender.seen.reduce((total, value) => total + value, 0)
          const counts = countsOf(sender.seen, own)
          const said = folded(
            world,
            request(CUMULATIVE, {
              id: String(member),
              startMs: sender.startMs,
              ms,
              bounds: own,
              counts,
              sum,
            }),
          )
          const now = coarse ? [10] : bounds
          expect(said).toEqual({
            count: BigInt(all.length),
            sum: all.reduce((total, value) => total + value, 0),
            bounds: now,
            counts: countsOf(all, now),
          })
        })
      }),
      { numRuns: 60 },
    )
  })
})

function countsOf(values: ReadonlyArray<number>, bounds: ReadonlyArray<number>): number[] {
  const counts = Array<number>(bounds.length + 1).fill(0)
  for (const value of values) {
    const bucket = bounds.findIndex((bound) => value <= bound)
    counts[bucket < 0 ? bounds.length : bucket]!++
  }
  return counts
}

describe('delta histograms', () => {
  it('of one request are added, with the least and greatest of all', () => {
    const world = new FoldWorld({}, { membersMax: 0, bucketsMax: 0 })
    const bounds = [1, 5]
    const sent = request(
      DELTA,
      { id: 'a', bounds, ms: 2, counts: [1, 2, 3], sum: 20, min: 0, max: 9 },
      { id: 'b', bounds: [5], ms: 2, counts: [1, 1], sum: 7, min: -1, max: 6 },
    )
    const expected = { count: 8n, sum: 27, bounds: [5], counts: [4, 4], min: -1, max: 9 }
    expect(folded(world, sent)).toEqual(expected)
    // The next request knows nothing of it.
    expect(folded(world, sent)).toEqual(expected)
    const without = request(DELTA, { id: 'a', bounds, ms: 2, counts: [1, 0, 0], sum: 1 })
    expect(folded(world, without)).toEqual({ count: 1n, sum: 1, bounds, counts: [1, 0, 0] })
  })
})

describe('summaries', () => {
  it('become count and sum: quantiles of several are no quantile', () => {
    const world = new FoldWorld()
    const point = (id: string, ms: number, count: number, sum: number): object => ({
      attributes: labels({ id }),
      startTimeUnixNano: String(BigInt(EPOCH_MS + 1) * MS),
      timeUnixNano: String(BigInt(EPOCH_MS + ms) * MS),
      count: String(count),
      sum,
      quantileValues: [{ quantile: 0.5, value: 3 }],
    })
    const send = (...dataPoints: object[]): object =>
      world.send(metricRequest({ summary: { dataPoints } })).kept[0]!.point
    expect(send(point('a', 1, 5, 10), point('b', 1, 1, 2))).toMatchObject({
      count: 6n,
      sum: 12,
      quantileValues: [],
    })
    expect(send(point('a', 2, 7, 14))).toMatchObject({ count: 8n, sum: 16 })
    // Lower: it began again.
    expect(send(point('a', 3, 2, 4))).toMatchObject({ count: 10n, sum: 20 })
  })
})
