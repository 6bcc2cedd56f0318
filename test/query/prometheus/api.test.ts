import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import * as answers from '../../../src/query/prometheus/response/schemas.ts'
import { type AnswerJson, END, startWorld, TRACE, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
}, 60_000)
afterAll(() => world?.stop())

const TARGET = { job: 'shop/checkout', instance: 'checkout-1' }
const RESOURCE = {
  ...TARGET,
  k8s_pod_name: 'acme-pod',
  service_instance_id: 'checkout-1',
  service_name: 'checkout',
  service_namespace: 'shop',
}

type Vector = {
  result: Array<{ metric: Record<string, string>; value?: [number, string]; histogram?: unknown }>
}

async function instant(query: string, time = END): Promise<Array<[Record<string, string>, unknown]>> {
  const { status, json } = await world.get('query', { query, time: String(time) })
  expect([query, status, json.error]).toEqual([query, 200, undefined])
  answers.queryAnswer.parse(json)
  return (json.data as Vector).result.map(({ metric, value, histogram }) => [metric, value?.[1] ?? histogram])
}

describe('what OTLP sent', () => {
  it('has the names and labels of Prometheus', async () => {
    expect(await instant('http_requests_total{http_route="/pay"}')).toEqual([
      [{ __name__: 'http_requests_total', http_route: '/pay', ...RESOURCE }, '600'],
    ])
    expect(await instant('memory_usage_bytes', END - 60)).toEqual([
      [{ __name__: 'memory_usage_bytes', kind: 'heap', ...RESOURCE }, '1009'],
    ])
  })

  it.each([
    // 60 a minute, extrapolated over the whole window.
    ['sum(rate(http_requests_total[5m]))', '1.1'],
    ['sum by (http_route) (increase(http_requests_total{http_route="/cart"}[5m]))', '30'],
    // 30 points a minute that each count from the one before.
    ['rate(jobs_done_total[5m])', '0.5'],
    ['sum(request_duration_seconds_bucket{le="0.1"})', '40'],
    ['sum(request_duration_seconds_bucket{le="+Inf"})', '100'],
    ['request_duration_seconds_sum / request_duration_seconds_count', '0.5'],
    // Half of ten a minute: four below 0.1, so a quarter of the way from 0.1 to 1.
    ['histogram_quantile(0.5, sum by (le) (rate(request_duration_seconds_bucket[5m])))', '0.325'],
    ['histogram_count(payload_size_bytes)', '30'],
    ['histogram_fraction(0, 4, payload_size_bytes)', String(1 / 3)],
    ['gc_pause_milliseconds{quantile="0.99"}', '9'],
    ['gc_pause_milliseconds_count', '20'],
    ['count(memory_usage_bytes)', undefined],
    ['max_over_time(memory_usage_bytes[5m])', '1009'],
    ['count(target_info{process_runtime_version="24.1"})', '1'],
  ])('%s is %s', async (query, value) => {
    const result = await instant(query)
    if (value === undefined) expect(result).toEqual([])
    else expect(Number(result[0]![1])).toBeCloseTo(Number(value), 9)
  })

  it('is a native histogram where it was exponential', async () => {
    expect((await instant('payload_size_bytes'))[0]![1]).toEqual([
      END,
      {
        count: '30',
        sum: '120',
        buckets: [
          [0, '2', '4', '10'],
          [0, '4', '8', '20'],
        ],
      },
    ])
  })

  it('is a matrix over a range', async () => {
    const range = { start: String(END - 120), end: String(END), step: '1m' }
    const query = 'sum by (http_route) (rate(http_requests_total[2m]))'
    const { json } = await world.post('query_range', { query, ...range })
    answers.queryRangeAnswer.parse(json)
    const { result } = json.data as { result: Array<{ metric: object; values: Array<[number, string]> }> }
    expect(result.map(({ metric, values }) => [metric, values.map(([at]) => at)])).toEqual([
      [{ http_route: '/cart' }, [END - 120, END - 60, END]],
      [{ http_route: '/pay' }, [END - 120, END - 60, END]],
    ])
  })
})

const RANGE = { start: String(END - 600), end: String(END) }

async function data(
  path: string,
  parameters: Parameters<World['get']>[1],
  schema: z.ZodType,
): Promise<unknown> {
  const { status, json } = await world.get(path, parameters)
  expect([path, status, json.error]).toEqual([path, 200, undefined])
  schema.parse(json)
  return json.data
}

describe('what there is', () => {
  it('names of metrics, labels and their values', async () => {
    const names = (await data('label/__name__/values', RANGE, answers.namesAnswer)) as string[]
    expect(names).toEqual([
      'gc_pause_milliseconds',
      'gc_pause_milliseconds_count',
      'gc_pause_milliseconds_sum',
      'http_requests_total',
      'jobs_done_total',
      'memory_usage_bytes',
      'payload_size_bytes',
      'request_duration_seconds_bucket',
      'request_duration_seconds_count',
      'request_duration_seconds_sum',
      'target_info',
    ])
    const selected = { ...RANGE, 'match[]': 'http_requests_total' }
    expect(await data('labels', selected, answers.namesAnswer)).toEqual(
      ['__name__', 'http_route', ...Object.keys(RESOURCE)].sort(),
    )
    expect(await data('label/http_route/values', RANGE, answers.namesAnswer)).toEqual(['/cart', '/pay'])
    expect(await data('label/le/values', RANGE, answers.namesAnswer)).toEqual(['+Inf', '0.1', '1'])
  })

  it('series, metadata, exemplars', async () => {
    const series = await data(
      'series',
      { ...RANGE, 'match[]': 'gc_pause_milliseconds' },
      answers.seriesAnswer,
    )
    expect((series as Array<{ quantile: string }>).map(({ quantile }) => quantile).sort()).toEqual([
      '0.5',
      '0.99',
    ])
    expect(await data('metadata', { metric: 'http_requests_total' }, answers.metadataAnswer)).toEqual({
      http_requests_total: [{ type: 'counter', help: 'Requests served', unit: '{request}' }],
    })
    const query = 'histogram_quantile(0.9, rate(request_duration_seconds_bucket[5m]))'
    expect(await data('query_exemplars', { query, ...RANGE }, answers.exemplarsAnswer)).toEqual([
      {
        // The smallest bucket that holds it.
        seriesLabels: { __name__: 'request_duration_seconds_bucket', le: '1', ...RESOURCE },
        exemplars: [
          {
            labels: { trace_id: TRACE, span_id: '00f1f2f3f4f5f6f7', user_tier: 'gold' },
            value: '0.25',
            timestamp: END - 300,
          },
        ],
      },
    ])
    for (const none of [
      'request_duration_seconds_bucket{le="0.1"}',
      'request_duration_seconds_count + request_duration_seconds_sum',
    ])
      expect(await data('query_exemplars', { query: none, ...RANGE }, answers.exemplarsAnswer)).toEqual([])
  })

  it('the rest that Grafana asks for', async () => {
    expect(await data('rules', {}, answers.rulesAnswer)).toEqual({ groups: [] })
    expect(await data('alerts', {}, answers.alertsAnswer)).toEqual({ alerts: [] })
    await data('status/buildinfo', {}, answers.buildInfoAnswer)
    expect(await data('format_query', { query: 'sum(rate(a[5m]))by(b)' }, answers.textAnswer)).toBe(
      'sum by (b) (rate(a[5m]))',
    )
    // Grafana's health check, and its probe for exemplars with times in milliseconds.
    const { json } = await world.post('query', { query: '1+1', time: '4' })
    expect(json).toEqual({ status: 'success', data: { resultType: 'scalar', result: [4, '2'] } })
    const probe = { query: 'test', start: String(END * 1000), end: String(END * 1000 + 1) }
    expect(await data('query_exemplars', probe, answers.exemplarsAnswer)).toEqual([])
  })
})

describe('tenants', () => {
  it('are seen by who may, and told apart', async () => {
    const query = 'sum by (__tenant_id__) (increase(http_requests_total{http_route="/pay"}[5m]))'
    const { json } = await world.get('query', { query, time: String(END) }, 'both', 'acme|globex')
    expect(
      (json.data as Vector).result.map(({ metric, value }) => [metric, Math.round(Number(value![1]))]),
    ).toEqual([
      [{ __tenant_id__: 'acme' }, 300],
      [{ __tenant_id__: 'globex' }, 600],
    ])
    const other = await world.get('query', { query: 'up' }, 'acme', 'globex')
    expect([other.status, other.json.status]).toEqual([403, 'error'])
    const pods = await data('label/k8s_pod_name/values', RANGE, answers.namesAnswer)
    expect(pods).toEqual(['acme-pod'])
  })
})

describe('what is wrong', () => {
  const error = (json: AnswerJson) => [json.status, json.errorType, json.error]

  it.each([
    ['query', { query: 'sum(' }, 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: /],
    ['query', {}, 400, 'bad_data', /^query is missing: give a PromQL query/],
    ['query', { query: 'up', time: 'noon' }, 400, 'bad_data', /^time="noon" is no time: expected seconds/],
    [
      'query_range',
      { query: 'up', start: '1', end: '0', step: '1' },
      400,
      'bad_data',
      /^end timestamp must not/,
    ],
    [
      'query_range',
      { query: 'up', start: '0', end: '1', step: '0' },
      400,
      'bad_data',
      /zero or negative query resolution/,
    ],
    [
      'query_range',
      { query: 'up', start: '0', end: '99999', step: '1' },
      422,
      'execution',
      /exceeded maximum resolution of 11000 points/,
    ],
    [
      'query',
      { query: 'label_replace(up, "a", "$1", "b", "(")' },
      422,
      'execution',
      /invalid regular expression/,
    ],
    [
      'query_range',
      { query: 'up[5m]', start: '0', end: '1', step: '1' },
      400,
      'bad_data',
      /^invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar/,
    ],
    [
      'query_range',
      { query: '"up"', start: '0', end: '1', step: '1' },
      400,
      'bad_data',
      /invalid expression type "string" for range query/,
    ],
    [
      'query',
      { query: 'up', timeout: '0' },
      400,
      'bad_data',
      /^timeout="0" must be positive: expected a dur/,
    ],
    ['query', { query: 'up{a=~"("}' }, 400, 'bad_data', /1:4: parse error: .*missing closing \): `\(`$/],
    ['query', { query: 'up{a=~"a)(b"}' }, 400, 'bad_data', /1:4: parse error: /],
    ['series', {}, 400, 'bad_data', /^no match\[\] parameter provided/],
    ['nothing', {}, 404, 'not_found', /nothing at this path/],
  ] as const)('%s %j', async (path, parameters, status, type, message) => {
    const { status: got, json } = await world.get(path, parameters)
    expect([got, ...error(json)]).toEqual([status, 'error', type, expect.stringMatching(message)])
  })
})
