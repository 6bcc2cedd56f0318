import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyValue, Metric, MetricsRequest } from '../../otlp/proto.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'

/**
 * Guarantees: the report's figures are those of what was sent, counted here in plain sets; and what is left without a label
 * is exact, whatever the order and the types of attributes.
 */

const NOW = BigInt(Date.now()) * 1_000_000n
const MINUTE = 60_000_000_000n
const DAY = 86_400_000_000_000n

type Value = NonNullable<KeyValue['value']>
type Series = {
  readonly service: string
  readonly scope: string
  readonly metric: string
  readonly type: 'sum' | 'gauge' | 'histogram'
  readonly attributes: ReadonlyArray<readonly [string, Value]>
  /** Before now. */
  readonly ages: ReadonlyArray<bigint>
}

const text = (stringValue: string): Value => ({ stringValue })
const uuid = (n: number): string => `3f2504e0-4f89-41d3-9a0c-${String(n).padStart(12, '0')}`
const LAST = [10n * MINUTE, 20n * MINUTE, 30n * MINUTE]

function worldOf(): Series[] {
  const requests = Array.from({ length: 240 }, (_, i): Series => {
    const code: Value = i % 3 === 0 ? { intValue: '200' } : text('200')
    const attributes: [string, Value][] = [
      ['user', text(uuid(i % 40))],
      ['route', text(`/r/${i % 4}`)],
      ['code', code],
    ]
    return {
      service: `s${i % 2}`,
      scope: i % 5 === 0 ? 'a' : 'b',
      metric: 'http.requests',
      type: 'sum',
      // In two orders, and some without a user.
      attributes: (i % 7 === 0 ? attributes.slice(1) : attributes).toSorted(() =>
        (i >> 3) % 2 === 0 ? -1 : 1,
      ),
      // No two requests are the same bytes: that would be one, sent again.
      ages: (i < 100 ? [...LAST, 70n * MINUTE] : i < 150 ? [70n * MINUTE] : LAST).map(
        (age) => age + BigInt(i),
      ),
    }
  })
  const other = (
    metric: string,
    type: Series['type'],
    count: number,
    ages: ReadonlyArray<bigint>,
  ): Series[] =>
    Array.from({ length: count }, (_, i) => ({
      ...{ service: 's0', scope: 'a', metric, type, ages },
      attributes: [['n', text(`v${i}`)]],
    }))
  return [
    ...requests,
    ...other('latency', 'histogram', 30, [...LAST, DAY + 5n * MINUTE]),
    ...other(
      'queue.depth',
      'gauge',
      10,
      Array.from({ length: 50 }, (_, i) => BigInt(i) * MINUTE),
    ),
    ...other('gone', 'gauge', 5, [DAY + 10n * MINUTE]),
  ]
}

function metricOf({ metric, type, attributes, ages }: Series): Metric {
  const points = ages.map((age) => ({
    timeUnixNano: NOW - age,
    attributes: attributes.map(([key, value]) => ({ key, value })),
  }))
  const numbers = points.map((point) => ({ ...point, asInt: 1 }))
  if (type === 'sum')
    return { name: metric, sum: { dataPoints: numbers, aggregationTemporality: 2, isMonotonic: true } }
  if (type === 'gauge') return { name: metric, gauge: { dataPoints: numbers } }
  return { name: metric, histogram: { dataPoints: points, aggregationTemporality: 2 } }
}

function requestOf(all: ReadonlyArray<Series>): MetricsRequest {
  return {
    resourceMetrics: all.map((series) => ({
      resource: { attributes: [{ key: 'service.name', value: text(series.service) }] },
      scopeMetrics: [{ scope: { name: series.scope }, metrics: [metricOf(series)] }],
    })),
  }
}

const world = worldOf()
let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    for (let i = 0; i < world.length; i += 50) await send.metrics('acme', requestOf(world.slice(i, i + 50)))
    await send.metrics('umbrella', requestOf([{ ...world[0]!, attributes: [['secret', text('x')]] }]))
  })
}, 60_000)
afterAll(() => signals?.stop())

type Hours = { readonly lastHour: number; readonly hourBefore: number; readonly dayBefore: number }
type Saving = { readonly series: number; readonly samplesPerDay: number; readonly bytesPerDay: number }
type Report = {
  readonly metric: string
  readonly series: Hours
  readonly samples: Hours
  readonly samplesPerDay: number
  readonly bytesPerDay: number
  readonly stored: number
  readonly labels: ReadonlyArray<{
    readonly label: string
    readonly values: number
    readonly seriesLeft: number
    readonly kinds: ReadonlyArray<{
      readonly kind: string
      readonly share: number
      readonly examples: string[]
    }>
  }>
  readonly fixes: ReadonlyArray<{ readonly fix: string; readonly label?: string; readonly saves: Saving }>
}

async function report(query: string, tenant = 'acme'): Promise<Report> {
  return jsonOf(await signals.api.get(`/api/v1/cardinality${query}`, { 'x-scope-orgid': tenant }))
}
async function metrics(query: string): Promise<Report[]> {
  const answer = await signals.api.get(`/api/v1/cardinality${query}`, { 'x-scope-orgid': 'acme' })
  return jsonOf<{ metrics: Report[] }>(answer).metrics
}

const of = (metric: string): Series[] => world.filter((series) => series.metric === metric)
const identity = ({ service, scope, type, attributes }: Series, without?: string): string =>
  JSON.stringify([service, scope, type, attributes.filter(([key]) => key !== without).toSorted()])
const distinct = (series: ReadonlyArray<Series>, without?: string): number =>
  new Set(series.map((one) => identity(one, without))).size

/** By plain counting. */
function hoursOf(series: ReadonlyArray<Series>, count: (series: ReadonlyArray<Series>) => number): Hours {
  const within = (from: bigint, to: bigint): number =>
    count(
      series
        .map((one) => ({ ...one, ages: one.ages.filter((age) => age >= from && age < to) }))
        .filter(({ ages }) => ages.length > 0),
    )
  const hour = 60n * MINUTE
  return {
    lastHour: within(0n, hour),
    hourBefore: within(hour, 2n * hour),
    dayBefore: within(DAY, DAY + hour),
  }
}
const points = (series: ReadonlyArray<Series>): number =>
  series.reduce((sum, { ages }) => sum + ages.length, 0)

describe('of a tenant', () => {
  it.each(['http.requests', 'latency', 'queue.depth', 'gone'])(
    '%s: series and points by the hour',
    async (metric) => {
      const { series, samples, samplesPerDay } = await report(`?metric=${metric}`)
      expect(series).toEqual(hoursOf(of(metric), (some) => distinct(some)))
      expect(samples).toEqual(hoursOf(of(metric), points))
      expect(samplesPerDay).toBe(24 * samples.lastHour)
    },
  )

  it('by points and by bytes', async () => {
    const names = (some: ReadonlyArray<Report>): string[] => some.map(({ metric }) => metric)
    expect(names(await metrics('?by=samples'))).toEqual(['http.requests', 'queue.depth', 'latency', 'gone'])
    // A histogram's points are larger: 90 of them take more than 500 of a gauge.
    expect(names(await metrics('?by=bytes'))).toEqual(
      ['latency', 'http.requests', 'queue.depth', 'gone'].toSorted((a, b) => bytes(b) - bytes(a)),
    )
    expect(await metrics('?by=bytes&limit=1')).toHaveLength(1)
  })
})

/** By what a point of each table takes where little is stored (docs/adr/0010). */
const bytes = (metric: string): number => {
  const series = of(metric)
  const last = hoursOf(series, points).lastHour
  return last * (series[0]!.type === 'histogram' ? 6.8 : 1.2)
}

describe('of a metric', () => {
  it.each(['user', 'route', 'code'])('what is left without %s', async (label) => {
    const { labels, stored } = await report('?metric=http.requests')
    expect(stored).toBe(distinct(of('http.requests')))
    expect(labels.find((one) => one.label === label)!.seriesLeft).toBe(distinct(of('http.requests'), label))
  })

  it('values that explode, masked', async () => {
    const { labels } = await report('?metric=http.requests')
    const [user, route] = ['user', 'route'].map((name) => labels.find(({ label }) => label === name)!)
    expect(user!.kinds).toMatchObject([{ kind: 'uuid', share: 1 }])
    expect(user!.kinds[0]!.examples).toEqual(Array(3).fill('3f******-****-****-****-************'))
    expect(route!.kinds).toMatchObject([{ kind: 'path', share: 1 }])
    expect(labels.find(({ label }) => label === 'code')!.kinds).toEqual([])
  })

  it('what each fix saves', async () => {
    const { fixes, stored, labels, samplesPerDay, bytesPerDay, series } = await report(
      '?metric=http.requests&seriesLimit=50',
    )
    const [drop, ...rest] = fixes
    expect(drop).toEqual({ fix: 'drop', saves: { series: stored, samplesPerDay, bytesPerDay } })
    const user = labels.find(({ label }) => label === 'user')!
    const share = (stored - user.seriesLeft) / stored
    expect(rest.find(({ label }) => label === 'user')!.saves).toEqual({
      series: stored - user.seriesLeft,
      samplesPerDay: Math.round(samplesPerDay * share),
      bytesPerDay: Math.round(bytesPerDay * share),
    })
    expect(rest.find(({ fix }) => fix === 'limit')!.saves.series).toBe(series.lastHour - 50)
    const order = fixes.map(({ saves }) => saves.bytesPerDay)
    expect(order).toEqual(order.toSorted((a, b) => b - a))
  })

  it('a limit that is not reached, and a label that makes no series, are no fix', async () => {
    const { fixes } = await report('?metric=queue.depth')
    expect(fixes.map(({ fix }) => fix)).toEqual(['drop', 'remove'])
    expect(await report('?metric=queue.depth', 'umbrella')).toMatchObject({
      stored: 0,
      labels: [],
      fixes: [],
    })
  })
})
