import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { runSteps, steps } from '../commits.ts'
import { build, reasons } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedMetricsRequest } from '../metrics.ts'
import { readmeOf } from '../readme.ts'

const NS = 1_000_000_000n
const KINDS = [
  'gauge',
  'sum',
  'deltaSum',
  'histogram',
  'deltaHistogram',
  'exponentialHistogram',
  'summary',
] as const
type Kind = (typeof KINDS)[number]
type Point = {
  readonly kind: Kind
  readonly name: string
  readonly seconds: number
  readonly start?: number
  readonly noValue?: boolean
}

function metricOf({ kind, name, noValue = false, seconds, start = 1 }: Point): object {
  const times = {
    startTimeUnixNano: BigInt(start) * NS,
    timeUnixNano: BigInt(seconds) * NS,
    flags: noValue ? 1 : 0,
  }
  const aggregationTemporality = kind.startsWith('delta') ? 1 : 2
  const dataPoints = [
    kind === 'gauge' || kind === 'sum' || kind === 'deltaSum' ? { ...times, asDouble: 1 } : times,
  ]
  if (kind === 'gauge' || kind === 'summary') return { name, [kind]: { dataPoints } }
  const field = kind === 'deltaSum' ? 'sum' : kind === 'deltaHistogram' ? 'histogram' : kind
  return { name, [field]: { aggregationTemporality, dataPoints } }
}

function requestOf(points: ReadonlyArray<Point>): MetricsRequest {
  return { resourceMetrics: [{ scopeMetrics: [{ metrics: points.map(metricOf) }] }] }
}

const { processors, rows } = readmeOf('interval')

it('does what its README says', () => {
  const deps = testDeps()
  const pipeline = build(processors[0]!, deps)
  const said = rows.map(([input]) => {
    const [time, name, ...what] = input!.replaceAll('`', '').split(' ')
    const text = what.join(' ')
    const point: Point = {
      kind: text.includes('gauge')
        ? 'gauge'
        : text.includes('delta')
          ? 'deltaSum'
          : text.includes('histogram')
            ? 'histogram'
            : 'sum',
      name: name!,
      seconds: Date.parse(`2026-01-01T${time}Z`) / 1000,
      start: text.includes('anew') ? 2 : 1,
      noValue: text.includes('no recorded'),
    }
    const batch = scannedMetricsRequest(requestOf([point]), 'a')
    pipeline.process(batch, 1)
    return reasons(batch, deps)[0] === '' ? 'kept' : 'dropped'
  })
  expect(said).toEqual(rows.map(([, out]) => out))
})

type Sent = { readonly tenant: string; readonly points: ReadonlyArray<Point> }
const point: fc.Arbitrary<Point> = fc.record({
  kind: fc.constantFrom(...KINDS),
  name: fc.constantFrom('m', 'n'),
  seconds: fc.integer({ min: 100, max: 160 }),
  start: fc.integer({ min: 1, max: 2 }),
  noValue: fc.nat(9).map((n) => n === 0),
})
const sent = fc.record({
  tenant: fc.constantFrom('a', 'b'),
  points: fc.array(point, { minLength: 1, maxLength: 8 }),
})

/** Per series what passed last; a refused commit takes away what passed in it. */
class Reference {
  readonly #last = new Map<string, { interval: number; start: number; commit: number }>()

  drops(
    tenant: string,
    { kind, name, noValue, seconds, start }: Point,
    pass: ReadonlyArray<Kind>,
    commit: number,
  ): boolean {
    if (noValue || kind.startsWith('delta') || pass.includes(kind)) return false
    const series = `${tenant} ${kind} ${name}`
    const interval = Math.floor(seconds / 10)
    const last = this.#last.get(series)
    if (last?.interval === interval && last.start === start) return true
    this.#last.set(series, { interval, start: start!, commit })
    return false
  }

  refused(commit: number): void {
    for (const [series, last] of this.#last) if (last.commit === commit) this.#last.delete(series)
  }
}

it.each([true, false])(
  'passes the first point of each series and interval, and drops the rest (gauges and summaries pass: %j)',
  (flag) => {
    fc.assert(
      fc.property(steps(sent, fc.nat(100)), (all) => {
        const deps = testDeps()
        const config = { interval: '10s', pass_through: { gauge: flag, summary: flag } }
        const pipeline = build({ interval: config }, deps)
        const reference = new Reference()
        const pass: ReadonlyArray<Kind> = flag ? ['gauge', 'summary'] : []
        runSteps(
          all,
          pipeline,
          deps,
          ({ points, tenant }: Sent) => scannedMetricsRequest(requestOf(points), tenant),
          {
            sent({ points, tenant }, batch, commit) {
              const expected = points.map((one) =>
                reference.drops(tenant, one, pass, commit) ? 'interval' : '',
              )
              expect(reasons(batch, deps)).toEqual(expected)
            },
            ended: (commit, durable) => void (durable || reference.refused(commit)),
          },
        )
      }),
      { numRuns: 100 },
    )
  },
)

/** Without refusals: what is lost is nothing that a later point does not say, however few series it may know. */
it('of each series and interval something passes, whatever is forgotten', () => {
  fc.assert(
    fc.property(steps(sent, fc.nat(60_000), false), fc.integer({ min: 1, max: 6 }), (all, seriesMax) => {
      const deps = testDeps()
      const pipeline = build({ interval: { interval: '10s', seriesMax } }, deps)
      const came = new Set<string>()
      const passed = new Set<string>()
      runSteps(
        all,
        pipeline,
        deps,
        ({ points, tenant }: Sent) => scannedMetricsRequest(requestOf(points), tenant),
        {
          sent({ points, tenant }, batch) {
            reasons(batch, deps).forEach((reason, i) => {
              const { kind, name, seconds, start } = points[i]!
              const what = `${tenant} ${kind} ${name} ${Math.floor(seconds / 10)} ${start}`
              came.add(what)
              if (reason === '') passed.add(what)
              if (kind.startsWith('delta')) expect(reason).toBe('')
            })
            expect(passed).toEqual(came)
          },
        },
      )
    }),
    { numRuns: 100 },
  )
})

it('forgets a series that is not seen for two intervals, and makes room', () => {
  const deps = testDeps()
  const pipeline = build({ interval: { interval: '10s', seriesMax: 1 } }, deps)
  const dropped = (name: string): boolean => {
    const batch = scannedMetricsRequest(
      requestOf([
        { kind: 'gauge', name, seconds: 100 },
        { kind: 'gauge', name, seconds: 101 },
      ]),
      'a',
    )
    pipeline.process(batch, deps.openCommit)
    pipeline.committed(deps.openCommit++)
    return reasons(batch, deps)[1] !== ''
  }
  const waited = (): void => {
    for (let i = 0; i < 25; i++) {
      deps.nowMsValue += 1000
      pipeline.tick()
    }
  }
  expect([dropped('a'), dropped('b')]).toEqual([true, false])
  waited()
  expect([dropped('b'), dropped('a')]).toEqual([false, true])
  waited()
  waited()
  expect([dropped('b'), dropped('a')]).toEqual([true, false])
})

describe('the configuration', () => {
  it.each<[object, string]>([
    [{ interval: '10' }, 'interval expected a duration from 1s to 86400s, such as 10s or 1m30s'],
    [{ interval: '10ms' }, 'interval expected a duration'],
    [{ interval: 10 }, 'interval expected a duration'],
    [{ pass_through: { gauges: true } }, 'pass_through.gauges unknown key (did you mean gauge?)'],
    [{ seriesMax: 0 }, 'seriesMax expected a whole number from 1'],
  ])('%j: %s', (config, message) => {
    const parsed = parseProcessors({ interval: config })
    if (!('issues' in parsed)) throw new Error('it was accepted')
    const [{ message: said, path }] = parsed.issues as [{ message: string; path: string[] }]
    expect(`${path.slice(1).join('.')} ${said}`).toContain(message)
  })

  it('a dry run drops nothing, and counts by kind what it would have', () => {
    const deps = testDeps()
    const pipeline = build({ interval: { dryRun: true } }, deps)
    const points = KINDS.flatMap((kind) =>
      [0, 1, 2].map((seconds): Point => ({ kind, name: kind, seconds: 600 + seconds })),
    )
    const batch = scannedMetricsRequest(requestOf(points), 'a')
    pipeline.process(batch, 1)
    pipeline.committed(1)
    expect(new Set(reasons(batch, deps))).toEqual(new Set(['']))
    const matched = pipeline
      .rules()
      .get('interval')!
      .map(({ rule, matched }) => [rule, matched])
    expect(matched).toEqual([
      ['gauge', 2],
      ['sum', 2],
      ['histogram', 2],
      ['exponential_histogram', 2],
      ['summary', 2],
    ])
  })
})

describe('the contract', () => {
  const points = [600, 601, 661].map((seconds): Point => ({ kind: 'sum', name: 'm', seconds }))
  itKeepsTheContract({
    make: (deps) => build({ interval: {} }, deps).processors[0]!,
    requests: [requestOf(points), requestOf([{ kind: 'gauge', name: 'g', seconds: 600 }, ...points])],
    signal: 'metrics',
  })
})
