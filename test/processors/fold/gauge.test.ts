import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GAUGE_FUNCTIONS, type GaugeFunction } from '../../../src/processors/fold/totals/gauge.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { EPOCH_MS, FoldWorld, IDLE_AFTER_MS, labels, MS, metricRequest } from './world.ts'

type Shown = { readonly id: string; readonly ms?: number; readonly value: number | bigint | 'ended' }

function dataPoints(points: ReadonlyArray<Shown>): object[] {
  return points.map(({ id, ms = 0, value }) => ({
    attributes: labels({ id }),
    timeUnixNano: String(BigInt(EPOCH_MS + ms) * MS),
    ...(value === 'ended'
      ? { flags: 1 }
      : typeof value === 'bigint'
        ? { asInt: String(value) }
        : { asDouble: value }),
  }))
}

function gauge(...points: Shown[]): MetricsRequest {
  return metricRequest({ gauge: { dataPoints: dataPoints(points) } }, 'depth')
}

/** What the folded point says. */
function shown(world: FoldWorld, request: MetricsRequest): number | bigint | undefined {
  const { kept } = world.send(request)
  expect(kept).toHaveLength(1)
  const { asDouble, asInt } = kept[0]!.point as { asDouble?: number; asInt?: bigint }
  return asInt ?? asDouble
}

describe('gauges become one', () => {
  it.each<[GaugeFunction, number | bigint]>([
    ['sum', 12n],
    ['avg', 4],
    ['min', 1n],
    ['max', 8n],
    ['last', 3n],
  ])('by %s', (gauge_, expected) => {
    const world = new FoldWorld({ gauge: gauge_ })
    world.send(gauge({ id: 'a', value: 1n }, { id: 'b', value: 8n, ms: 1 }))
    // What a member showed in another request still counts.
    expect(shown(world, gauge({ id: 'c', value: 3n, ms: 2 }))).toBe(expected)
  })

  it.each(GAUGE_FUNCTIONS)('by %s, as a plain list of last values says', (gauge_) => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: -100, max: 100 }) },
        { weight: 1, arbitrary: fc.constantFrom<number | 'ended'>('ended', 1e300, Number.POSITIVE_INFINITY) },
      ),
      late: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), (steps) => {
        const world = new FoldWorld({ gauge: gauge_ })
        const last = new Map<string, { ms: number; value: number }>()
        let latest = { ms: Number.NEGATIVE_INFINITY, value: 0 }
        steps.forEach(({ id, late, value }, i) => {
          const ms = late ? 10 * i - 35 : 10 * i
          world.nowMs = EPOCH_MS + 10 * i
          const said = shown(world, gauge({ id, ms, value }))
          const known = last.get(id)
          if (value === 'ended') last.delete(id)
          else if (known === undefined || ms > known.ms) {
            last.set(id, { ms, value })
            if (ms >= latest.ms) latest = { ms, value }
          }
          const values = [...last.values()].map((each) => each.value)
          if (values.length === 0) expect(said).toBeUndefined()
          else expect(said).toBeCloseTo(plainly(gauge_, values, latest.value), 6)
        })
      }),
      { numRuns: 25 },
    )
  })

  it('and those that were idle for too long are part of it no more', () => {
    const world = new FoldWorld()
    world.send(gauge({ id: 'a', value: 100n }))
    for (let i = 1; i <= 3; i++) {
      world.pass(IDLE_AFTER_MS / 2)
      world.send(gauge({ id: 'b', value: 1n, ms: (i * IDLE_AFTER_MS) / 2 }))
    }
    world.pass(1)
    expect(shown(world, gauge({ id: 'b', value: 2n, ms: 2 * IDLE_AFTER_MS }))).toBe(2n)
    expect(world.engine.members.count).toBe(1)
  })

  it('that are sums which go up and down, by their last values, with the start time of the fold', () => {
    const world = new FoldWorld({ gauge: 'max' })
    const sum = (...points: Shown[]): MetricsRequest =>
      metricRequest({
        sum: { isMonotonic: false, aggregationTemporality: 2, dataPoints: dataPoints(points) },
      })
    world.send(sum({ id: 'a', value: 5n }, { id: 'b', value: -7n }))
    const { kept } = world.send(sum({ id: 'a', value: 2n, ms: 1 }))
    expect(kept[0]!.point).toMatchObject({ asInt: -5n, startTimeUnixNano: BigInt(EPOCH_MS) * MS })
  })

  it('with a value, or say that there is none', () => {
    const world = new FoldWorld()
    world.send(gauge({ id: 'a', value: 1.5 }))
    const { kept } = world.send(gauge({ id: 'a', value: 'ended', ms: 1 }))
    expect(kept[0]!.point).toMatchObject({ flags: 1, startTimeUnixNano: 0n })
    expect(shown(world, gauge({ id: 'a', value: 3n, ms: 2 }))).toBe(3n)
  })
})

function plainly(gauge: GaugeFunction, values: ReadonlyArray<number>, last: number): number {
  const sum = values.reduce((total, value) => total + value, 0)
  switch (gauge) {
    case 'sum':
      return sum
    case 'avg':
      return sum / values.length
    case 'min':
      return Math.min(...values)
    case 'max':
      return Math.max(...values)
    default:
      return last
  }
}

describe('delta sums', () => {
  const delta = (
    ...points: { id: string; startMs: number; ms: number; value: number | bigint }[]
  ): MetricsRequest =>
    metricRequest({
      sum: {
        isMonotonic: true,
        aggregationTemporality: 1,
        dataPoints: points.map(({ id, ms, startMs, value }) => ({
          ...dataPoints([{ id, ms, value }])[0]!,
          startTimeUnixNano: String(BigInt(EPOCH_MS + startMs) * MS),
        })),
      },
    })

  it('of one request are added, over the time that they stand for, and nothing is remembered of them', () => {
    const world = new FoldWorld({}, { membersMax: 0 })
    world.nowMs += 20_000
    const { kept, verdicts } = world.send(
      delta({ id: 'a', startMs: 0, ms: 9000, value: 5n }, { id: 'b', startMs: -5, ms: 10_000, value: -2n }),
    )
    expect(verdicts).toEqual(['kept', 'aggregate'])
    expect(kept[0]!.point).toMatchObject({
      asInt: 3n,
      startTimeUnixNano: BigInt(EPOCH_MS - 5) * MS,
      timeUnixNano: BigInt(EPOCH_MS + 10_000) * MS,
    })
    // Another request of the same export: a point of its own, since both count.
    expect(world.send(delta({ id: 'a', startMs: 0, ms: 10_000, value: 1.5 })).kept[0]!.point).toMatchObject({
      asDouble: 1.5,
      timeUnixNano: BigInt(EPOCH_MS + 10_000) * MS + 1n,
    })
    expect(world.send(delta({ id: 'a', startMs: 0, ms: 10_000, value: 1n })).kept[0]!.point).toMatchObject({
      asInt: 1n,
      timeUnixNano: BigInt(EPOCH_MS + 10_000) * MS + 2n,
    })
    // A late one keeps its time.
    expect(world.send(delta({ id: 'a', startMs: 0, ms: 1000, value: 1n })).kept[0]!.point).toMatchObject({
      timeUnixNano: BigInt(EPOCH_MS + 1000) * MS,
    })
  })

  it('are exact beyond 2^53, and doubles beyond 2^63', () => {
    const world = new FoldWorld()
    const add = (...values: bigint[]): unknown =>
      shown(world, delta(...values.map((value, i) => ({ id: String(i), startMs: 0, ms: 0, value }))))
    expect(add(2n ** 62n, -(2n ** 53n), -1n)).toBe(2n ** 62n - 2n ** 53n - 1n)
    expect(add(2n ** 62n, 2n ** 62n)).toBe(2 ** 63)
  })

  it('without a temporality can not be folded, and say so', () => {
    const world = new FoldWorld()
    const request = metricRequest({
      sum: { isMonotonic: true, dataPoints: dataPoints([{ id: 'a', value: 1n }]) },
    })
    expect(world.send(request).verdicts).toEqual(['fold_no_temporality'])
  })
})
