import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RANGE, startWorld, url, type World } from './support/world.ts'

/** Scenario: what people and programs get wrong. Guarantee: the right status, a sentence that names it, nothing internal. */

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

const QUERY = '{service_name="checkout"}'
const LONG = `{a="${'x'.repeat(131_072)}"}`

const CASES: ReadonlyArray<
  readonly [
    name: string,
    path: string,
    parameters: Readonly<Record<string, string>>,
    status: number,
    says: RegExp,
  ]
> = [
  ['no query', '/query_range', {}, 400, /^query is missing: give a LogQL query/],
  ['an empty query', '/query_range', { query: '' }, 400, /^query is missing/],
  ['no LogQL', '/query_range', { query: 'hello' }, 400, /^parse error at line 1, col 1: .*expect/],
  [
    'a broken second line',
    '/query_range',
    { query: `${QUERY}\n|| "x"` },
    400,
    /^parse error at line 2, col 2: /,
  ],
  ['a wrong regular expression', '/query_range', { query: `${QUERY} |~ "("` }, 400, /error parsing regexp/],
  [
    'a selector that means everything',
    '/query_range',
    { query: '{a=~".*"}' },
    400,
    /at least one regexp or equality matcher/,
  ],
  ['an unknown function', '/query', { query: `irate(${QUERY}[1m])` }, 400, /^parse error at line 1, col 1/],
  ['a query that is too long', '/query', { query: LONG }, 400, /input size too long .* > 131072/],
  [
    'an instant log query',
    '/query',
    { query: QUERY },
    400,
    /log queries are not supported as an instant query type/,
  ],
  [
    'start after end',
    '/query_range',
    { query: QUERY, start: '20', end: '10' },
    400,
    /^start is after end: swap them/,
  ],
  ['start in the future', '/query_range', { query: QUERY, start: '4000000000' }, 400, /lies in the future/],
  [
    'a time that is none',
    '/query_range',
    { query: QUERY, start: 'yesterday' },
    400,
    /^start="yesterday" expected nanoseconds or seconds/,
  ],
  [
    'a day that is none',
    '/labels',
    { start: '2026-02-30T00:00:00Z' },
    400,
    /^start=.*no date of the calendar/,
  ],
  ['a time before 1970', '/labels', { start: '-5' }, 400, /^start="-5" is before 1970/],
  ['a time past 2262', '/labels', { end: '99999999999999999999' }, 400, /later than the year 2262/],
  [
    'a limit of a milliard',
    '/query_range',
    { query: QUERY, limit: '1000000000' },
    400,
    /whole number from 1 to 1000 \(query\.limitMax\)/,
  ],
  ['a limit of nothing', '/query_range', { query: QUERY, limit: '0' }, 400, /^limit="0" is out of range/],
  ['a negative limit', '/query', { query: '1', limit: '-1' }, 400, /^limit="-1" is out of range/],
  ['a direction', '/query_range', { query: QUERY, direction: 'up' }, 400, /^direction="up" is no direction/],
  [
    'a step of zero',
    '/query_range',
    { ...RANGE, query: `rate(${QUERY}[1m])`, step: '0' },
    400,
    /^step="0" is not above zero/,
  ],
  [
    'a negative step',
    '/query_range',
    { ...RANGE, query: `rate(${QUERY}[1m])`, step: '-5s' },
    400,
    /not above zero/,
  ],
  [
    'a step that is none',
    '/query_range',
    { ...RANGE, query: `rate(${QUERY}[1m])`, step: 'small' },
    400,
    /is no duration/,
  ],
  [
    'too many points',
    '/query_range',
    { ...RANGE, query: `rate(${QUERY}[1m])`, step: '1ms' },
    400,
    /maximum resolution of 11000 points.*at least 55ms/,
  ],
  ['a label that is none', '/label/a-b/values', {}, 400, /the path names no label/],
  ['a selector that is none', '/labels', { query: '{a=}' }, 400, /^parse error at line 1, col 4/],
  ['a query for a selector', '/index/stats', { query: `${QUERY} |= "x"` }, 400, /^parse error at line 1/],
  ['a match that is none', '/series', { 'match[]': 'x' }, 400, /^parse error at line 1, col 1/],
  [
    'a label to sum by that is none',
    '/index/volume',
    { targetLabels: 'a,b-c' },
    400,
    /names "b-c", which is no label/,
  ],
  [
    'an aggregation',
    '/index/volume',
    { aggregateBy: 'rows' },
    400,
    /^aggregateBy="rows" is no aggregation: expected series or labels/,
  ],
  ['a metric query for lines', '/detected_fields', { query: `rate(${QUERY}[1m])` }, 400, /reads log lines/],
  ['a field that is none', '/detected_field/a%20b/values', { query: QUERY }, 400, /the path names no field/],
  ['an endpoint that is none', '/push', {}, 404, /^There is nothing at this path/],
  [
    'many-to-many',
    '/query',
    {
      query: `count_over_time(${QUERY}[1h]) + on () count_over_time({namespace="shop"}[1h])`,
      time: RANGE.end,
    },
    400,
    /match/,
  ],
  [
    'an error of the data',
    '/query',
    { query: `sum_over_time(${QUERY} | json | unwrap msg [1h])`, time: RANGE.end },
    400,
    /SampleExtractionErr|pipeline error/,
  ],
]

describe('Loki’s API refuses', () => {
  it.each(CASES)('%s', async (_name, path, parameters, status, says) => {
    const isLong = Object.values(parameters).some((value) => value.length > 8000)
    const asked = isLong ? `/loki/api/v1${path}` : url(`/loki/api/v1${path}`, parameters)
    const answer = await world.ask('acme', asked, isLong ? { form: parameters } : {})
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(says)])
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.text).not.toMatch(/SELECT|weir\.|\.ts\b|127\.0\.0\.1|BUG|at Object/)
  })

  it.each(['PUT', 'DELETE'])('%s, with what it answers', async (method) => {
    const response = await fetch(`${world.gateway.urls.api}/loki/api/v1/label/app/values`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(await response.text()).toContain('GET and POST')
  })
})

describe('Loki’s API puts up with', () => {
  it.each([
    ['unknown parameters', '/labels', { ...RANGE, foo: 'bar' }],
    ['a step of a log query', '/query_range', { ...RANGE, query: QUERY, step: '1ms' }],
    ['empty parameters', '/query_range', { ...RANGE, query: QUERY, step: '', limit: '' }],
    ['a range of nothing', '/query_range', { query: QUERY, start: RANGE.start, end: RANGE.start }],
    ['volumes of nothing', '/index/volume', { query: QUERY, start: RANGE.start, end: RANGE.start }],
    [
      'volumes in steps of nothing',
      '/index/volume_range',
      { query: QUERY, start: RANGE.start, end: RANGE.start },
    ],
    ['statistics of nothing', '/index/stats', { query: QUERY, start: RANGE.start, end: RANGE.start }],
    ['no parameters', '/series', {}],
    ['a label that nothing has', '/label/nothing/values', RANGE],
    ['the beginning of time', '/query_range', { query: QUERY, start: '0', end: '10' }],
    ['all of time', '/labels', { start: '0', end: '9223372036854775807' }],
  ])('%s', async (_name, path, parameters) => {
    const answer = await world.ask('acme', url(`/loki/api/v1${path}`, parameters as Record<string, string>))
    expect(answer.status, answer.text).toBe(200)
  })
})

describe('the native API refuses', () => {
  it.each([
    ['/api/v1/logs', { query: '{a=' }, /parse error at line 1, col 4/],
    ['/api/v1/logs', { query: QUERY, service: 'x' }, /query and service are both given/],
    ['/api/v1/logs', { query: `rate(${QUERY}[1m])` }, /reads log lines/],
    ['/api/v1/logs/histogram', { query: QUERY, text: 'x' }, /query and text are both given/],
    ['/api/v1/logs/histogram', { step: '1us' }, /whole number of milliseconds/],
    ['/api/v1/logs/histogram', { step: '1ms' }, /more than 2000 steps: take a step of at least 1801ms/],
    ['/api/v1/logs/histogram', { limit: '5' }, /There is no parameter \\"limit\\"/],
    ['/api/v1/logs/context', {}, /timestampNs is missing/],
    [
      '/api/v1/logs/context',
      { timestampNs: '1', seq: '1', gatewayId: 'x', before: '2000' },
      /from 0 to 1000/,
    ],
    [
      '/api/v1/logs/context',
      { timestampNs: '1', seq: '18446744073709551616', gatewayId: 'x' },
      /is too large/,
    ],
  ])('%s %j', async (path, parameters, says) => {
    const answer = await world.ask('acme', url(path, parameters as Record<string, string>))
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(says)])
  })

  it('a record that is not there', async () => {
    const path = url('/api/v1/logs/context', { timestampNs: RANGE.start, seq: '1', gatewayId: 'nobody' })
    const answer = await world.ask('acme', path)
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining('no such record')])
  })
})
