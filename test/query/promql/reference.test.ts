import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemorySource } from '../../../conformance/promql/memory-source.ts'
import { AGGREGATIONS, inWindow, newest, type Series, WINDOW_FUNCTIONS } from './reference.ts'
import { ask, pointsOf, type Times } from './support.ts'

const LOOKBACK_MS = 300_000

/** Irregular samples with gaps, counters with resets, staleness markers; several per window and none. */
const samples = fc
  .array(
    fc.tuple(
      fc.constantFrom(1000, 15_000, 15_000, 15_000, 14_999, 60_000, 400_000),
      fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 20 }), weight: 9 },
        { arbitrary: fc.constant('stale'), weight: 1 },
      ),
      fc.boolean(),
    ),
    { maxLength: 40 },
  )
  .map((steps) => {
    let timeMs = 0
    let counter = 0
    return steps.map(([gap, grown, reset]) => {
      timeMs += gap
      if (typeof grown === 'string') return { timeMs, value: 'stale' as const }
      counter = reset && grown > 15 ? grown : counter + grown
      return { timeMs, value: counter }
    })
  })
const data: fc.Arbitrary<Series[]> = fc
  .array(fc.record({ pod: fc.constantFrom('a', 'b', 'c'), zone: fc.constantFrom('x', 'y'), samples }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((list) => {
    const unique = new Map(list.map((one) => [one.pod + one.zone, one]))
    return [...unique.values()].map(({ pod, zone, samples: points }) => ({
      labels: { __name__: 'x_total', pod, zone },
      samples: points,
    }))
  })
const times: fc.Arbitrary<Times> = fc
  .record({
    startMs: fc.integer({ min: 0, max: 600_000 }),
    stepMs: fc.constantFrom(1000, 15_000, 60_000, 77_777),
    count: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ startMs, stepMs, count }) => ({ startMs, stepMs, endMs: startMs + stepMs * (count - 1) }))

function sourceOf(series: ReadonlyArray<Series>): MemorySource {
  const source = new MemorySource()
  source.add(
    series.map(({ labels, samples: points }) => ({
      labels: new Map(Object.entries(labels)),
      samples: points,
    })),
  )
  return source
}

function instantsOf({ startMs, endMs, stepMs }: Times): number[] {
  return Array.from({ length: Math.floor((endMs - startMs) / stepMs) + 1 }, (_, i) => startMs + i * stepMs)
}

function keyOf({ labels }: Series, keepsName: boolean): string {
  const entries = Object.entries(labels).filter(([name]) => keepsName || name !== '__name__')
  return entries.map(([name, value]) => `${name}=${value}`).join(',')
}

/** What the reference finds of each series at every instant, series without any left out. */
function expected(
  series: ReadonlyArray<Series>,
  instants: ReadonlyArray<number>,
  keepsName: boolean,
  value: (series: Series, t: number) => number | undefined,
): Map<string, Array<number | undefined>> {
  const rows = series.map((one): [string, Array<number | undefined>] => [
    keyOf(one, keepsName),
    instants.map((t) => value(one, t)),
  ])
  return new Map(rows.filter(([, points]) => points.some((point) => point !== undefined)))
}

function expectSame(
  got: ReadonlyMap<string, unknown[]>,
  wanted: ReadonlyMap<string, Array<number | undefined>>,
): void {
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort())
  for (const [key, points] of wanted)
    points.forEach((point, i) => {
      const found = got.get(key)![i]
      if (point === undefined || typeof found !== 'number') expect(found).toBe(point)
      else expect(Math.abs(found - point)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(point)))
    })
}

describe('beside a plain reference', () => {
  it('finds the newest sample of each series', async () => {
    await fc.assert(
      fc.asyncProperty(data, times, fc.constantFrom(0, 90_000, -45_000), async (series, range, offsetMs) => {
        const query = `x_total offset ${offsetMs / 1000}`
        const wanted = expected(series, instantsOf(range), true, (one, t) =>
          newest(one, t - offsetMs, LOOKBACK_MS),
        )
        expectSame(pointsOf(await ask(query, sourceOf(series), range)), wanted)
      }),
      { numRuns: 200 },
    )
  })

  it.each(Object.keys(WINDOW_FUNCTIONS))('%s is what it should be', async (func) => {
    await fc.assert(
      fc.asyncProperty(data, times, fc.constantFrom(15, 60, 300, 1000), async (series, range, seconds) => {
        const keepsName = func === 'last_over_time' || func === 'first_over_time'
        const wanted = expected(series, instantsOf(range), keepsName, (one, t) => {
          const from = t - seconds * 1000
          return WINDOW_FUNCTIONS[func]!(inWindow(one, from, t), from, t)
        })
        expectSame(pointsOf(await ask(`${func}(x_total[${seconds}])`, sourceOf(series), range)), wanted)
      }),
      { numRuns: 60 },
    )
  })

  it.each(Object.keys(AGGREGATIONS))('%s by zone is what it should be', async (op) => {
    await fc.assert(
      fc.asyncProperty(data, times, async (series, range) => {
        const zones = [...new Set(series.map(({ labels }) => labels.zone!))]
        const groups = zones.map((zone): Series => ({ labels: { zone }, samples: [] }))
        const wanted = expected(groups, instantsOf(range), true, ({ labels: { zone } }, t) => {
          const members = series.filter(({ labels }) => labels.zone === zone)
          const values = members.flatMap((one) => newest(one, t, LOOKBACK_MS) ?? [])
          return values.length === 0 ? undefined : AGGREGATIONS[op]!(values)
        })
        expectSame(pointsOf(await ask(`${op} by (zone) (x_total)`, sourceOf(series), range)), wanted)
      }),
      { numRuns: 60 },
    )
  })

  it('a subquery is its operand at the multiples of its step', async () => {
    await fc.assert(
      fc.asyncProperty(data, times, fc.constantFrom(7000, 15_000, 60_000), async (series, range, stepMs) => {
        const wanted = expected(series, instantsOf(range), false, (one, t) => {
          const values: number[] = []
          for (let at = Math.floor(t / stepMs) * stepMs; at > t - 300_000; at -= stepMs) {
            const value = newest(one, at, LOOKBACK_MS)
            if (value !== undefined) values.push(value)
          }
          return values.length === 0 ? undefined : Math.max(...values)
        })
        const query = `max_over_time(x_total[5m:${stepMs}ms])`
        expectSame(pointsOf(await ask(query, sourceOf(series), range)), wanted)
      }),
      { numRuns: 100 },
    )
  })

  it('an instant is what a range has there', async () => {
    const queries = [
      'sum by (zone) (rate(x_total[1m]))',
      'x_total / on (pod, zone) x_total offset 30s',
      'topk(1, x_total)',
      'x_total > 20 or x_total offset 1m',
      'absent(x_total{pod="a"})',
      'quantile by (zone) (0.5, x_total)',
      'avg_over_time(deriv(x_total[2m])[5m:30s])',
      'x_total and on (zone) (x_total{pod="b"} > 10)',
      'predict_linear(x_total[5m], 60) unless x_total < 5',
      'label_replace(x_total @ 300, "y", "$1", "pod", "(.)")',
    ]
    await fc.assert(
      fc.asyncProperty(data, times, fc.constantFrom(...queries), async (series, range, query) => {
        const source = sourceOf(series)
        const whole = pointsOf(await ask(query, source, range))
        for (const [i, t] of instantsOf(range).entries()) {
          const instant = await ask(query, source, { startMs: t, endMs: t, stepMs: 0 })
          const there = [...whole].filter(([, points]) => points[i] !== undefined)
          expect(Object.fromEntries(pointsOf(instant))).toEqual(
            Object.fromEntries(there.map(([key, points]) => [key, [points[i]]])),
          )
        }
      }),
      { numRuns: 150 },
    )
  })
})
