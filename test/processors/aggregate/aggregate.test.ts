import { describe, expect, it } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { LivePipeline } from '../../../src/processors/live-pipeline.ts'
import { buildPipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import { materialisePoints } from '../../otlp/materialise.ts'
import { type MetricsRequest, stringAttributes } from '../../otlp/proto.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'
import { readmeOf } from '../readme.ts'

const START_MS = 1_700_000_000_000
const MS = 1_000_000n

function requestOf(
  name: string,
  points: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
    readonly ms?: number
  }>,
  resource: Readonly<Record<string, string>> = {},
): MetricsRequest {
  const dataPoints = points.map(({ labels, ms = 0, value }) => ({
    attributes: stringAttributes(labels),
    asInt: String(value),
    startTimeUnixNano: String(BigInt(START_MS + 1) * MS),
    timeUnixNano: String(BigInt(START_MS + ms) * MS),
  }))
  const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints }
  return {
    resourceMetrics: [
      { resource: { attributes: stringAttributes(resource) }, scopeMetrics: [{ metrics: [{ name, sum }] }] },
    ],
  }
}

class Rules {
  readonly deps = testDeps()
  readonly live: LivePipeline
  #commit = 0

  constructor(processors: Readonly<Record<string, unknown>>) {
    const parsed = parseProcessors(processors)
    if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
    this.live = new LivePipeline(buildPipeline(parsed.plan, this.deps), this.deps.series)
  }

  send(request: MetricsRequest, tenant = 'default'): { text: string[]; verdicts: string[] } {
    const batch = scannedMetricsRequest(request, tenant)
    this.live.process(batch, this.#commit)
    this.live.ended(this.#commit++, true)
    const verdicts = [...batch.verdicts.subarray(0, batch.records.count)].map((verdict) =>
      verdict === KEPT ? 'kept' : this.deps.outcomes.get(verdict).reason,
    )
    const text = materialisePoints(batch)
      .filter(({ verdict }) => verdict === KEPT)
      .map(({ metric, point }) => `${metric.name}${labelText(point.attributes)} ${point.asInt}`)
    return { text, verdicts }
  }
}

function labelText(attributes: ReadonlyArray<{ key?: string; value?: object | null }> = []): string {
  const all = attributes.map(({ key, value }) => `${key}="${Object.values(value ?? {})[0]}"`)
  return `{${all.join(', ')}}`
}

describe('aggregate keeps the contract', () => {
  itKeepsTheContract({
    signal: 'metrics',
    make: (deps) => {
      const parsed = parseProcessors({ aggregate: { metrics: [{ metric: 'requests', remove: ['user'] }] } })
      if ('issues' in parsed) throw new Error('does not parse')
      return buildPipeline(parsed.plan, deps).processors[0]!
    },
    requests: [
      requestOf('requests', [
        { labels: { user: 'a', route: '/' }, value: 1 },
        { labels: { user: 'b', route: '/' }, value: 2 },
      ]),
      requestOf('other', [{ labels: { user: 'a' }, value: 1 }]),
      requestOf('requests', [{ labels: { user: 'b', route: '/' }, value: 3 }]),
    ],
  })
})

describe('the README', () => {
  const { processors } = readmeOf('aggregate')

  it('has a configuration that is right', () => {
    expect('plan' in parseProcessors(processors[0]!)).toBe(true)
  })

  it('says what happens', () => {
    const rules = new Rules(processors[0]!)
    const send = (at: number, ...users: [string, number][]): string[] => {
      rules.deps.nowMsValue = START_MS + 1000 * at
      const points = users.map(([user, value]) => ({
        labels: { route: '/', 'user.id': user },
        ms: 1000 * at,
        value,
      }))
      return rules.send(requestOf('http.server.requests', points)).text
    }
    const stored = (value: number): string[] => [
      `http.server.requests{route="/", weir.instance="gateway-1"} ${value}`,
    ]
    expect(send(0, ['a', 5])).toEqual(stored(5))
    expect(send(0, ['b', 3])).toEqual(stored(8))
    expect(send(10, ['a', 7])).toEqual(stored(10))
    expect(send(20, ['a', 1])).toEqual(stored(11))
    expect(send(30, ['c', 4])).toEqual(stored(15))
  })
})

describe('labels', () => {
  it('are those of the first entry that matches metric and tenant; others pass', () => {
    const rules = new Rules({
      aggregate: {
        metrics: [
          { metric: 'a*', tenant: 'one', keep: ['route'] },
          { metric: '*', tenant: 'one', remove: ['user', 're?ion'] },
        ],
      },
    })
    const points = [{ labels: { user: 'u', region: 'eu', route: '/' }, value: 1 }]
    expect(rules.send(requestOf('ab', points), 'one').text).toEqual([
      'ab{route="/", weir.instance="gateway-1"} 1',
    ])
    expect(rules.send(requestOf('b', points), 'one').text).toEqual([
      'b{route="/", weir.instance="gateway-1"} 1',
    ])
    expect(rules.send(requestOf('ab', points), 'two').text).toEqual([
      'ab{user="u", region="eu", route="/"} 1',
    ])
    const counts = [...rules.live.pipeline.rules().values()].flat()
    expect(counts.map(({ condition, matched, rule }) => [rule, condition, matched])).toEqual([
      ['metrics[0]', 'metric a*, tenant one: only labels route', 1],
      ['metrics[1]', 'metric *, tenant one: without labels user, re?ion', 1],
    ])
    // What is counted as active is what is stored.
    expect(rules.deps.series.activeOf('one')).toBe(2)
  })

  it('of resources go too, so that pods become their service', () => {
    const rules = new Rules({ aggregate: { metrics: [{ metric: '*', removeResource: ['k8s.pod.*'] }] } })
    const send = (pod: string, value: number): object => {
      const resource = { 'service.name': 'shop', 'k8s.pod.name': pod }
      const batch = scannedMetricsRequest(requestOf('m', [{ labels: {}, value }], resource), 'default')
      rules.live.process(batch, 0)
      const [{ point, resource: left }] = materialisePoints(batch) as [
        ReturnType<typeof materialisePoints>[number],
      ]
      return { value: point.asInt, resource: labelText(left.attributes) }
    }
    expect(send('shop-1', 2)).toEqual({ value: 2n, resource: '{service.name="shop"}' })
    expect(send('shop-2', 3)).toEqual({ value: 5n, resource: '{service.name="shop"}' })
  })

  it('may be taken off twice', () => {
    const remove = (label: string): object => ({ metrics: [{ metric: '*', remove: [label] }] })
    const rules = new Rules({ 'aggregate/1': remove('user'), 'aggregate/2': remove('route') })
    const points = ['/x', '/y'].flatMap((route) => [
      { labels: { user: 'a', route }, value: 1 },
      { labels: { user: 'b', route }, value: 2 },
    ])
    // The second knows the first's series from their first points on, which are baselines: they began with the first's folds.
    rules.send(requestOf('m', points))
    rules.deps.nowMsValue += 1000
    const more = points.map((point) => ({ ...point, ms: 1000, value: point.value + 1 }))
    expect(rules.send(requestOf('m', more))).toEqual({
      text: ['m{weir.instance="gateway-1"} 4'],
      verdicts: ['kept', 'aggregate/1', 'aggregate/2', 'aggregate/1'],
    })
  })

  it('that change with a reload change where a member counts, and its increase goes on', () => {
    const rules = new Rules({ aggregate: { metrics: [{ metric: '*', remove: ['user'] }] } })
    rules.send(requestOf('m', [{ labels: { user: 'a', route: '/' }, value: 5 }]))
    const parsed = parseProcessors({ aggregate: { metrics: [{ metric: '*', remove: ['user', 'route'] }] } })
    if ('issues' in parsed) throw new Error('does not parse')
    rules.live.swap(buildPipeline(parsed.plan, rules.deps))
    rules.deps.nowMsValue += 1000
    const next = requestOf('m', [{ labels: { user: 'a', route: '/' }, value: 7, ms: 1000 }])
    expect(rules.send(next).text).toEqual(['m{weir.instance="gateway-1"} 2'])
  })
})

it('a dry run counts and changes nothing', () => {
  const rules = new Rules({ aggregate: { metrics: [{ metric: '*', remove: ['user'] }], dryRun: true } })
  const points = ['a', 'b'].map((user) => ({ labels: { user }, value: 1 }))
  expect(rules.send(requestOf('m', points))).toEqual({
    text: ['m{user="a"} 1', 'm{user="b"} 1'],
    verdicts: ['kept', 'kept'],
  })
  expect([...rules.live.pipeline.rules().values()].flat()[0]).toMatchObject({ matched: 2, dryRun: true })
})

describe('what is wrong is said with its place', () => {
  it.each<[unknown, string]>([
    [{}, 'aggregate.metrics: expected a list of at most 1000 maps with metric and remove or keep'],
    [{ metrics: [] }, 'aggregate.metrics: is empty: name a metric and the labels that go'],
    [
      { metrics: [{ remove: ['a'] }] },
      'aggregate.metrics.0.metric: expected a text of 1 to 1024 characters, such as http.server.* or *',
    ],
    [{ metrics: [{ metric: 'm' }] }, 'aggregate.metrics.0: says no labels: write remove or keep'],
    [
      { metrics: [{ metric: 'm', remove: ['a'], keep: ['b'] }] },
      'aggregate.metrics.0.keep: stands beside remove: write one of them',
    ],
    [
      { metrics: [{ metric: 'm', removeResource: ['a'], keepResource: ['b'] }] },
      'aggregate.metrics.0.keepResource: stands beside removeResource: write one of them',
    ],
    [
      { metrics: [{ metric: 'm', remove: 'a' }] },
      'aggregate.metrics.0.remove: expected a list of at most 100 labels',
    ],
    [
      { metrics: [{ metric: 'm', remove: ['a'], gauge: 'median' }] },
      'aggregate.metrics.0.gauge: expected one of sum, avg, min, max, last',
    ],
    [
      { metrics: [{ metric: 'm', removes: ['a'] }] },
      'aggregate.metrics.0.removes: unknown key (did you mean remove?)',
    ],
  ])('%j', (config, issue) => {
    const parsed = parseProcessors({ aggregate: config })
    const issues = 'issues' in parsed ? parsed.issues : []
    expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([issue])
  })

  it('warns of what is never reached', () => {
    const metrics = [
      { metric: '*', keep: [] },
      { metric: 'a', remove: ['b'] },
    ]
    const parsed = parseProcessors({ aggregate: { metrics } })
    expect('plan' in parsed && parsed.plan.warnings).toEqual([
      { path: ['aggregate', 'metrics', 1], message: 'is never reached: metrics[0] is for every metric' },
    ])
  })
})
