import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { LivePipeline } from '../../../src/processors/live-pipeline.ts'
import { buildPipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import type { RuleCounts } from '../../../src/processors/processor.ts'
import { materialisePoints } from '../../otlp/materialise.ts'
import { type MetricsRequest, stringAttributes } from '../../otlp/proto.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'
import { readmeOf } from '../readme.ts'

/**
 * Scenario: limits whose excess is folded, limits of growth and of labels' values. Guarantees: what is over is in as few series
 * as the policy says, from the first on, and no increase is lost or counted twice.
 */

const NAME = 'cardinality_limit'
const MS = 1_000_000n
type Labels = Readonly<Record<string, string>>
type Point = { readonly labels: Labels; readonly value: number; readonly resource?: Labels }

/** A gateway's rules, a clock, and senders of a counter whose series began a moment ago. */
class Gateway {
  readonly deps = testDeps()
  readonly #live: LivePipeline
  #commit = 0

  constructor(config: object, name = NAME) {
    const parsed = parseProcessors({ [name]: config })
    if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
    this.#live = new LivePipeline(buildPipeline(parsed.plan, this.deps), this.deps.series)
  }

  send(
    points: ReadonlyArray<Point>,
    startMs = this.deps.nowMsValue + 1,
  ): { verdicts: string[]; kept: Kept[] } {
    const batch = scannedMetricsRequest(this.#request(points, startMs), 'default')
    const commit = this.#commit++
    this.#live.process(batch, commit)
    this.#live.ended(commit, true)
    const verdicts = [...batch.verdicts.subarray(0, batch.records.count)].map((verdict) =>
      verdict === KEPT ? 'kept' : this.deps.outcomes.get(verdict).reason,
    )
    const kept = materialisePoints(batch)
      .filter(({ verdict }) => verdict === KEPT)
      .map(({ point, resource }) => ({
        labels: textsOf(point.attributes),
        resource: textsOf(resource.attributes),
        value: Number(point.asInt),
      }))
    return { verdicts, kept }
  }

  #request(points: ReadonlyArray<Point>, startMs: number): MetricsRequest {
    const timeUnixNano = String(BigInt(this.deps.nowMsValue) * MS)
    const startTimeUnixNano = String(BigInt(startMs) * MS)
    const resourceMetrics = points.map(({ labels, resource = {}, value }) => {
      const point = {
        attributes: stringAttributes(labels),
        asInt: String(value),
        startTimeUnixNano,
        timeUnixNano,
      }
      const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] }
      return {
        resource: { attributes: stringAttributes(resource) },
        scopeMetrics: [{ metrics: [{ name: 'requests', sum }] }],
      }
    })
    return { resourceMetrics }
  }

  pass(ms: number): void {
    this.deps.nowMsValue += ms
    for (let i = 0; i < 1200; i++) {
      this.deps.series.advance()
      this.deps.labelValues.advance()
      this.deps.folds.sweep.advance()
    }
  }

  counts(): RuleCounts[] {
    return [...this.#live.pipeline.rules().values()].flat()
  }
}

type Kept = { readonly labels: object; readonly resource: object; readonly value: number }

function textsOf(attributes: ReadonlyArray<{ key?: string; value?: object | null }> | undefined): object {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, Object.values(value ?? {})[0]]))
}

const users = (...names: string[]): Point[] =>
  names.map((user) => ({ labels: { user, route: '/' }, value: 1 }))
const OVERFLOW = { 'otel.metric.overflow': true, 'weir.instance': 'gateway-1' }

describe('cardinality_limit that folds keeps the contract', () => {
  const requests = [users('a', 'b', 'c'), users('c', 'd', 'a'), users('b', 'e')].map((points) => ({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'requests',
                sum: {
                  isMonotonic: true,
                  aggregationTemporality: 2,
                  dataPoints: points.map(({ labels, value }) => ({
                    attributes: stringAttributes(labels),
                    asInt: String(value),
                    timeUnixNano: '1700000000000000000',
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  }))
  itKeepsTheContract({
    signal: 'metrics',
    make: (deps) => {
      const parsed = parseProcessors({ [NAME]: { limit: 1, policy: 'overflow' } })
      if ('issues' in parsed) throw new Error('does not parse')
      return buildPipeline(parsed.plan, deps).processors[0]!
    },
    requests,
  })
})

it('the configuration of the README is right', () => {
  // That debug.* may have no series at all is what it warns of, and meant.
  for (const processors of readmeOf('cardinality-limit').processors)
    expect(parseProcessors(processors)).toHaveProperty('plan')
})

describe('overflow', () => {
  it('folds what is over into one series, which has all of their increase', () => {
    const gateway = new Gateway({ limit: 2, policy: 'overflow' })
    const { kept, verdicts } = gateway.send(users('a', 'b', 'c', 'd', 'e'))
    expect(verdicts).toEqual(['kept', 'kept', 'kept', NAME, NAME])
    expect(kept[2]).toEqual({ labels: OVERFLOW, resource: {}, value: 3 })
    gateway.pass(1000)
    expect(gateway.send([...users('a'), { labels: { user: 'c', route: '/' }, value: 5 }], 1).kept).toEqual([
      { labels: { user: 'a', route: '/' }, resource: {}, value: 1 },
      // It began long ago, as that start says, and is known by a later one: nothing new.
      { labels: OVERFLOW, resource: {}, value: 3 },
    ])
  })

  it('of many pods of a service is one series of the service', () => {
    const gateway = new Gateway({ limit: 1, policy: 'overflow' })
    const points = [1, 2, 3, 4].map((pod) => ({
      labels: { route: '/' },
      resource: { 'service.name': 'shop', 'k8s.pod.name': `shop-${pod}` },
      value: pod,
    }))
    expect(gateway.send(points).kept).toEqual([
      { labels: { route: '/' }, resource: points[0]!.resource, value: 1 },
      { labels: OVERFLOW, resource: { 'service.name': 'shop' }, value: 9 },
    ])
  })

  it('a steady UUID leak is folded from the first over-limit series on', () => {
    const limit = 50
    const gateway = new Gateway({ limit, policy: 'overflow' })
    const stored = new Set<string>()
    let sent = 0
    let overflow = 0
    for (let request = 0; request < 100; request++) {
      const points = Array.from({ length: 10 }, (_, i) => ({
        labels: { id: `id-${10 * request + i}` },
        value: 3,
      }))
      const { kept, verdicts } = gateway.send(points)
      sent += 10
      expect(verdicts.filter((verdict) => verdict === 'kept')).toHaveLength(sent <= limit ? 10 : 1)
      for (const { labels, value } of kept) {
        stored.add(JSON.stringify(labels))
        if ('otel.metric.overflow' in labels) overflow = value
      }
      gateway.pass(1000)
    }
    expect(stored.size).toBe(limit + 1)
    expect(overflow).toBe(3 * (sent - limit))
  })

  it('keeps a folded series folded, also when there is room again', () => {
    const gateway = new Gateway({ limit: 1, policy: 'overflow' })
    gateway.send(users('a', 'b'))
    for (let i = 0; i < 4; i++) {
      gateway.pass(600_000)
      gateway.send(users('b'))
    }
    expect(gateway.deps.series.activeOf('default')).toBe(0)
    expect(gateway.send(users('b')).kept[0]!.labels).toEqual(OVERFLOW)
    expect(gateway.send(users('c')).kept[0]!.labels).toEqual({ user: 'c', route: '/' })
  })
})

describe('strip', () => {
  /** Series of two routes, each with users of its own. */
  const point = (user: number, route = user % 2, value = 1): Point => ({
    labels: { user: `u${user}`, route: `/${route}`, region: 'eu' },
    value,
  })

  it('takes off the label that grows fastest, names it, and adds up over it', () => {
    const gateway = new Gateway({ limit: 4, policy: 'strip' })
    const { kept, verdicts } = gateway.send([0, 1, 2, 3, 4, 5, 6, 7].map((user) => point(user)))
    expect(verdicts.slice(4)).toEqual(['kept', 'kept', `${NAME} strip user`, `${NAME} strip user`])
    const left = { region: 'eu', 'weir.instance': 'gateway-1' }
    expect(kept.slice(4)).toEqual([
      { labels: { ...left, route: '/0' }, resource: {}, value: 2 },
      { labels: { ...left, route: '/1' }, resource: {}, value: 2 },
    ])
    gateway.pass(1000)
    expect(gateway.send([point(8), point(9, 1, 5)]).kept.map(({ value }) => value)).toEqual([3, 7])
  })

  it('takes off more where what is left is too much, and loses nothing on the way', () => {
    const gateway = new Gateway({ limit: 3, policy: 'strip' })
    let sent = 0
    const stored = new Map<string, number>()
    for (let i = 0; i < 40; i++) {
      gateway.pass(1000)
      const { kept } = gateway.send([{ labels: { user: `u${i}`, session: `s${i >> 1}` }, value: 2 }])
      sent += 2
      for (const { labels, value } of kept) stored.set(JSON.stringify(labels), value)
    }
    const folded = [...stored].filter(([labels]) => labels.includes('weir.instance'))
    // At most one more than the limit per step: sessions, then nothing but the metric.
    expect(folded.length).toBeLessThanOrEqual(5)
    expect([...stored.values()].reduce((sum, value) => sum + value, 0)).toBe(sent)
    const reasons = Array.from(
      { length: gateway.deps.outcomes.size },
      (_, i) => gateway.deps.outcomes.get(i).reason,
    )
    expect(reasons).toContain(`${NAME} strip user`)
    expect(reasons).toContain(`${NAME} strip session`)
  })

  it('without a label that grows is overflow', () => {
    const gateway = new Gateway({ limit: 2, policy: 'strip' })
    const pods = [1, 2, 3, 4].map((pod) => ({
      labels: { route: '/' },
      resource: { pod: String(pod) },
      value: 1,
    }))
    expect(gateway.send(pods).kept.at(-1)).toEqual({ labels: OVERFLOW, resource: {}, value: 2 })
  })
})

describe('limits of labels', () => {
  it('hold for each label and metric, whatever the number of series', () => {
    const gateway = new Gateway({ labels: [{ label: 'user', limit: 2 }], policy: 'drop' })
    const of = (user: string, route: string): Point => ({ labels: { user, route }, value: 1 })
    expect(gateway.send([of('a', '/'), of('b', '/'), of('c', '/'), of('a', '/x')]).verdicts).toEqual([
      'kept',
      'kept',
      NAME,
      'kept',
    ])
    expect(gateway.counts()).toMatchObject([
      { rule: 'limit', condition: 'more than 2 values of user; metric *, tenant *', matched: 1 },
    ])
  })

  it('are limits of active values: those of series that go on stay, others make room', () => {
    const gateway = new Gateway({ labels: [{ label: '*', limit: 2 }] })
    const send = (user: string): string => gateway.send(users(user)).verdicts[0]!
    expect([send('a'), send('b'), send('c')]).toEqual(['kept', 'kept', NAME])
    for (let i = 0; i < 5; i++) {
      gateway.pass(600_000)
      expect(send('a')).toBe('kept')
    }
    expect([send('c'), send('d')]).toEqual(['kept', NAME])
  })

  it('strip the label that is past its own', () => {
    const gateway = new Gateway({ labels: [{ label: 'user', limit: 1 }], policy: 'strip' })
    const { kept, verdicts } = gateway.send(users('a', 'b', 'c'))
    expect(verdicts).toEqual(['kept', 'kept', `${NAME} strip user`])
    expect(kept[1]).toEqual({ labels: { route: '/', 'weir.instance': 'gateway-1' }, resource: {}, value: 2 })
  })
})

describe('growthPerMinute', () => {
  it('lets so many new series in, a minute', () => {
    const gateway = new Gateway({ growthPerMinute: 2 })
    expect(gateway.send(users('a', 'b', 'c', 'a')).verdicts).toEqual(['kept', 'kept', NAME, 'kept'])
    gateway.pass(60_000)
    expect(gateway.send(users('c', 'd', 'e', 'a')).verdicts).toEqual(['kept', 'kept', NAME, 'kept'])
  })

  it('also new values of a label', () => {
    const gateway = new Gateway({ labels: [{ label: 'user', growthPerMinute: 1 }] })
    expect(gateway.send(users('a', 'b')).verdicts).toEqual(['kept', NAME])
    gateway.pass(60_000)
    expect(gateway.send(users('b', 'c')).verdicts).toEqual(['kept', NAME])
  })
})

const CONFIG = fc
  .record({
    limit: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
    growthPerMinute: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    labels: fc.array(fc.record({ label: fc.constantFrom('user', 'route', '*'), limit: fc.nat(4) }), {
      maxLength: 2,
    }),
  })
  .filter(
    ({ growthPerMinute, labels, limit }) =>
      limit !== undefined || growthPerMinute !== undefined || labels.length > 0,
  )
const STEPS = fc.array(
  fc.oneof(
    fc.array(
      fc.record({ user: fc.constantFrom('a', 'b', 'c', 'd', 'e'), route: fc.constantFrom('x', 'y') }),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
    fc.constant('a minute' as const),
    fc.constant('a window' as const),
  ),
  { maxLength: 20, size: 'max' },
)

describe('a dry run', () => {
  it('drops nothing, and counts what a limiter with these limits would have dropped', () => {
    fc.assert(
      fc.property(CONFIG, STEPS, (config, steps) => {
        const real = new Gateway(plain(config))
        const dry = new Gateway({ ...plain(config), dryRun: true })
        for (const step of steps) {
          if (typeof step === 'string') {
            for (const gateway of [real, dry]) gateway.pass(step === 'a minute' ? 60_000 : 600_000)
            continue
          }
          const points = step.map((labels) => ({ labels, value: 1 }))
          real.send(points)
          expect(dry.send(points).verdicts).toEqual(points.map(() => 'kept'))
          expect(dry.counts()[0]!.matched).toBe(real.counts()[0]!.matched)
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each(['overflow', 'strip'])('of %s changes nothing', (policy) => {
    const gateway = new Gateway({ limit: 1, policy, dryRun: true })
    expect(gateway.send(users('a', 'b', 'c')).kept.map(({ labels }) => labels)).toEqual(
      users('a', 'b', 'c').map(({ labels }) => labels),
    )
    expect(gateway.counts()[0]).toMatchObject({ dryRun: true, matched: 2 })
    expect(gateway.deps.folds.folds.count).toBe(0)
  })
})

function plain(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}
