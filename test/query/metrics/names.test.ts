import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf, readPages, type Signals, startSignals } from '../signals.ts'
import { DAY, daysIn, makeSeries, type PlainSeries, sendSeries, TENANTS } from './world.ts'

/** Guarantees: metrics are told by name, type and unit, with the series that have points on the days asked for. */

/** Noon of yesterday: every day around it is over or has not begun. */
const NOON = ((BigInt(Date.now()) * 1_000_000n) / DAY) * DAY - DAY / 2n
const ALL = makeSeries(NOON)
const WIDE = { start: NOON - 5n * DAY, end: NOON + DAY }
const NARROW = { start: NOON, end: NOON + 1n }

let signals: Signals
beforeAll(async () => {
  signals = await startSignals((send) => sendSeries(send, ALL))
})
afterAll(() => signals?.stop())

type Range = typeof WIDE
const pathOf = ({ start, end }: Range, match?: string) =>
  `/api/v1/metrics/names?start=${start}&end=${end}${match === undefined ? '' : `&match=${encodeURIComponent(match)}`}`

const bytesOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function expectedNames(tenant: string, range: Range, match = ''): unknown[] {
  const found = ALL.filter(
    (series) =>
      series.tenant === tenant &&
      daysIn(series, range).length > 0 &&
      series.metric.toLowerCase().includes(match.toLowerCase()),
  )
  const key = ({ metric, type, unit }: PlainSeries) => [metric, type, unit].join('\0')
  return [...Map.groupBy(found, key)]
    .toSorted(([a], [b]) => bytesOrder(a, b))
    .map(([, [first, ...others]]) => ({
      name: first!.metric,
      type: first!.type,
      unit: first!.unit,
      description: first!.description,
      series: others.length + 1,
    }))
}

it.each<[string | undefined, Range]>([
  [undefined, WIDE],
  [undefined, NARROW],
  ['HTTP', WIDE],
  ['latency', NARROW],
  ["it's", WIDE],
  ['%', WIDE],
  ['.', NARROW],
  ["' OR 1 = 1 --", WIDE],
  [undefined, { start: NOON - 3n * DAY, end: NOON - 3n * DAY + 1n }],
  [undefined, { start: NOON, end: NOON }],
])('match %j in %o', async (match, range) => {
  for (const tenant of TENANTS)
    for (const sizes of [[1000], [1, 3]]) {
      const expected = range.start === range.end ? [] : expectedNames(tenant, range, match)
      expect(await readPages(signals.api, tenant, pathOf(range, match), 'metrics', sizes)).toEqual(expected)
    }
})

it('has the metrics of today unless told otherwise, and nothing of tenants without any', async () => {
  const answer = await signals.api.get('/api/v1/metrics/names', { 'x-scope-orgid': 'nobody' })
  expect(jsonOf(answer)).toEqual({ metrics: [], nextCursor: null })
})

it.each([
  ['name=x', 'unknown_parameter'],
  ['match=', 'invalid_parameter'],
  ['limit=0', 'invalid_parameter'],
  ['start=5000000000000000000&end=4000000000000000000', 'invalid_parameter'],
  ['cursor=abc', 'invalid_cursor'],
])('%s is refused as %s', async (query, code) => {
  const answer = await signals.api.get(`/api/v1/metrics/names?${query}`, { 'x-scope-orgid': 'acme' })
  expect([answer.status, answer.json.error.code]).toEqual([400, code])
})
