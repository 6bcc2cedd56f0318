import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { SeriesTracker } from '../../../src/processors/cardinality-limit/series-tracker.ts'
import { LivePipeline } from '../../../src/processors/live-pipeline.ts'
import { buildPipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import type { RuleCounts } from '../../../src/processors/processor.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { itKeepsTheContract, type TestDeps, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'

type Config = Readonly<Record<string, unknown>>

/** One data point: `requests{user="a"}` is `['requests', 'a']`. */
type Point = readonly [metric: string, user: string]

/** A request with the points in this order, neighbours of one metric in one Metric. */
function requestOf(points: ReadonlyArray<Point>): MetricsRequest {
  const metrics: { name: string; gauge: { dataPoints: object[] } }[] = []
  for (const [name, user] of points) {
    if (metrics.at(-1)?.name !== name) metrics.push({ name, gauge: { dataPoints: [] } })
    const attributes = [{ key: 'user', value: { stringValue: user } }]
    metrics.at(-1)!.gauge.dataPoints.push({ attributes, asDouble: 1 })
  }
  return { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }
}

/** A gateway's rules and nothing else. */
class Rules {
  readonly deps: TestDeps
  readonly #live: LivePipeline
  #commit = 0

  constructor(processors: Config, deps = testDeps()) {
    const parsed = parseProcessors(processors)
    if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
    this.deps = deps
    this.#live = new LivePipeline(buildPipeline(parsed.plan, deps), deps.series)
  }

  /** Of each point: kept, or the reason it was dropped for. */
  send(points: ReadonlyArray<Point>, tenant = 'default', durable = true): string[] {
    const batch = scannedMetricsRequest(requestOf(points), tenant)
    const commit = this.#commit++
    this.#live.process(batch, commit)
    const said = points.map((_, i) => {
      const verdict = batch.verdicts[i]!
      return verdict === KEPT ? 'kept' : this.deps.outcomes.get(verdict).reason
    })
    this.#live.ended(commit, durable)
    return said
  }

  counts(): RuleCounts[] {
    return [...this.#live.pipeline.rules().values()].flat()
  }

  active(metric: string, tenant = 'default'): number {
    return this.deps.series.top(tenant, 100).find((each) => each.metric === metric)?.active ?? 0
  }
}

const NAME = 'cardinality_limit'

describe('cardinality_limit keeps the contract', () => {
  itKeepsTheContract({
    signal: 'metrics',
    make: (deps) => {
      const parsed = parseProcessors({ [NAME]: { limit: 2, limits: [{ metric: 'b*', limit: 1 }] } })
      if ('issues' in parsed) throw new Error('does not parse')
      return buildPipeline(parsed.plan, deps).processors[0]!
    },
    requests: [
      requestOf([
        ['a', '1'],
        ['a', '2'],
        ['a', '3'],
        ['b', '1'],
        ['b', '2'],
      ]),
      requestOf([
        ['b', '2'],
        ['a', '3'],
        ['a', '1'],
        ['c', '1'],
      ]),
    ],
  })
})

describe('the limit', () => {
  it('is what the README says', () => {
    const rules = new Rules({ [NAME]: { limit: 2 } })
    expect(rules.send([['http.requests', 'a']])).toEqual(['kept'])
    expect(rules.send([['http.requests', 'b']])).toEqual(['kept'])
    expect(rules.send([['http.requests', 'c']])).toEqual([NAME])
    expect(rules.send([['http.requests', 'a']])).toEqual(['kept'])
    expect(rules.send([['http.errors', 'c']])).toEqual(['kept'])
    for (let minute = 0; minute < 41; minute++) {
      rules.deps.nowMsValue += 60_000
      for (let i = 0; i < 600; i++) rules.deps.series.advance()
      expect(rules.send([['http.requests', 'a']])).toEqual(['kept'])
    }
    expect(rules.send([['http.requests', 'c']])).toEqual(['kept'])
    expect(rules.send([['http.requests', 'b']])).toEqual([NAME])
  })

  it('is that of the first pattern that matches, and of each tenant', () => {
    const limits = [
      { metric: 'http.*', tenant: 'small-?', limit: 1 },
      { metric: 'http.*', limit: 2 },
      { metric: 'debug', limit: 0 },
    ]
    const rules = new Rules({ [NAME]: { limits } })
    const points = ['1', '2', '3'].map((user): Point => ['http.size', user])
    expect(rules.send(points, 'small-1')).toEqual(['kept', NAME, NAME])
    expect(rules.send(points, 'small-2')).toEqual(['kept', NAME, NAME])
    expect(rules.send(points, 'small-10')).toEqual(['kept', 'kept', NAME])
    expect(rules.send([['debug', '1']])).toEqual([NAME])
    expect(rules.send(['1', '2', '3'].map((user): Point => ['free', user]))).toEqual(Array(3).fill('kept'))
    expect(rules.counts().map(({ matched }) => matched)).toEqual([4, 1, 1])
  })

  it('counts what is durable, and a request that is sent again after a refusal passes as it did', () => {
    const rules = new Rules({ [NAME]: { limit: 1 } })
    const points: Point[] = [
      ['m', 'a'],
      ['m', 'b'],
    ]
    expect(rules.send(points, 'default', false)).toEqual(['kept', NAME])
    expect(rules.counts()[0]!.matched).toBe(0)
    expect(rules.send(points)).toEqual(['kept', NAME])
    expect(rules.counts()[0]!.matched).toBe(1)
  })

  it('that is full leaves metrics without a limit alone', () => {
    const deps = testDeps()
    const nowMs = deps.nowMs
    const series = new SeriesTracker({ seriesMax: 3, metricsMax: 2, idleAfterMs: 60_000, nowMs })
    const rules = new Rules({ [NAME]: { limits: [{ metric: 'limited', limit: 100 }] } }, { ...deps, series })
    const users = ['1', '2', '3', '4', '5']
    expect(rules.send(users.map((user): Point => ['free', user]))).toEqual(Array(5).fill('kept'))
    expect(series.untrackedPoints).toBe(2)
    expect(rules.send([['limited', '1']])).toEqual([NAME])
    // No number is left for this one: its points are neither counted nor held to any limit.
    expect(rules.send([['third', '1']])).toEqual(['kept'])
    expect(series.untrackedPoints).toBe(4)
    expect(series.table.active).toBe(3)
  })
})

describe('without a limiter', () => {
  it('active series are counted, of what the rules leave', () => {
    const rules = new Rules({})
    rules.send([
      ['a', '1'],
      ['a', '2'],
      ['a', '1'],
      ['b', '1'],
    ])
    rules.send([['a', '3']])
    rules.send([['a', '1']], 'other')
    expect(rules.deps.series.top('default', 10)).toEqual([
      { metric: 'a', active: 3, new: 3 },
      { metric: 'b', active: 1, new: 1 },
    ])
    expect(rules.deps.series.top('default', 1)).toHaveLength(1)
    expect(rules.deps.series.top('other', 10)).toEqual([{ metric: 'a', active: 1, new: 1 }])
    expect(rules.deps.series.top('nobody', 10)).toEqual([])
  })

  it('a number that no metric needs any more is given to another', () => {
    const deps = testDeps()
    const series = new SeriesTracker({
      seriesMax: 1000,
      metricsMax: 2,
      idleAfterMs: 60_000,
      nowMs: deps.nowMs,
    })
    const rules = new Rules({}, { ...deps, series })
    for (let i = 0; i < 8; i++) {
      rules.send([
        [`metric ${2 * i}`, 'a'],
        [`metric ${2 * i + 1}`, 'a'],
      ])
      const names = series.top('default', 10).map(({ metric }) => metric)
      expect(new Set(names)).toEqual(new Set([`metric ${2 * i}`, `metric ${2 * i + 1}`]))
      for (let window = 0; window < 2; window++) {
        deps.nowMsValue += 30_000
        for (let step = 0; step < 600; step++) series.advance()
      }
      expect(series.top('default', 10)).toEqual([])
    }
    expect(series.untrackedPoints).toBe(0)
  })
})

const LIMITER = fc.record({
  limit: fc.option(fc.nat(6), { nil: undefined }),
  limits: fc.array(fc.record({ metric: fc.constantFrom('a', 'b', '?'), limit: fc.nat(6) }), { maxLength: 2 }),
})
type Limiter = {
  readonly limit: number | undefined
  readonly limits: ReadonlyArray<{ metric: string; limit: number }>
}

const POINTS = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(11).map(String)), {
  minLength: 1,
  maxLength: 25,
})
const STEPS = fc.array(
  fc.oneof({ weight: 4, arbitrary: POINTS }, { weight: 1, arbitrary: fc.constant('rotate' as const) }),
  {
    maxLength: 25,
  },
)

function chain(limiters: ReadonlyArray<Limiter>, more: Config): Config {
  const entries = limiters.map(({ limit, limits }, i) => [
    `${NAME}/${i}`,
    { limits, ...more, ...(limit === undefined ? {} : { limit }) },
  ])
  return Object.fromEntries(entries)
}

function limitOf({ limit, limits }: Limiter, metric: string): number {
  const own = limits.find((each) => each.metric === metric || each.metric === '?')
  return own?.limit ?? limit ?? Number.POSITIVE_INFINITY
}

const CHAIN = fc
  .array(LIMITER, { minLength: 1, maxLength: 4 })
  .filter((limiters) => limiters.every(({ limit, limits }) => limit !== undefined || limits.length > 0))

/** What is past the second limit and goes on coming is new to the first limiter each time, which lets all of it in. */
const PAST_AN_UNLIMITED_ONE: [Limiter[], (Point[] | 'rotate')[]] = [
  [
    { limit: undefined, limits: [{ metric: 'b', limit: 1 }] },
    { limit: 1, limits: [] },
  ],
  [users('1', '2', '3'), 'rotate', users('1', '2'), 'rotate', users('1', '2'), users('2')],
]

function users(...names: string[]): Point[] {
  return names.map((user): Point => ['a', user])
}

describe('several limiters', () => {
  it('hold the smallest limit, admit all there is room for, and never drop what is active, beside a dry run too', () => {
    fc.assert(
      fc.property(CHAIN, fc.array(POINTS, { maxLength: 15 }), fc.nat(6), (limiters, requests, dryAt) => {
        const entries = Object.entries(chain(limiters, {}))
        if (dryAt <= entries.length) entries.splice(dryAt, 0, [`${NAME}/dry`, { limit: 1, dryRun: true }])
        const rules = new Rules(Object.fromEntries(entries))
        const active = new Map<string, Set<string>>()
        for (const points of requests) {
          const said = rules.send(points)
          for (const metric of ['a', 'b', 'c']) {
            const before = active.get(metric) ?? new Set()
            const limit = Math.min(...limiters.map((limiter) => limitOf(limiter, metric)))
            const own = points.flatMap(([name, user], i) =>
              name === metric ? [{ user, said: said[i] }] : [],
            )
            const kept = new Set(own.filter((each) => each.said === 'kept').map(({ user }) => user))
            const dropped = new Set(own.filter((each) => each.said !== 'kept').map(({ user }) => user))
            for (const user of dropped) expect(before.has(user) || kept.has(user)).toBe(false)
            const now = new Set([...before, ...kept])
            const all = new Set([...now, ...dropped])
            expect(now.size).toBe(Math.max(before.size, Math.min(all.size, limit)))
            expect(rules.active(metric)).toBe(now.size)
            active.set(metric, now)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('in a dry run drop nothing and count exactly what they would drop', () => {
    fc.assert(
      fc.property(CHAIN, STEPS, (limiters, steps) => {
        const real = new Rules(chain(limiters, {}))
        const dry = new Rules(chain(limiters, { dryRun: true }))
        for (const step of steps) {
          if (step === 'rotate') {
            real.deps.series.table.rotate()
            dry.deps.series.table.rotate()
            continue
          }
          real.send(step)
          expect(dry.send(step)).toEqual(step.map(() => 'kept'))
          expect(dry.counts().map(({ matched }) => matched)).toEqual(
            real.counts().map(({ matched }) => matched),
          )
        }
      }),
      { numRuns: 200, examples: [PAST_AN_UNLIMITED_ONE] },
    )
  })
})
