import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { poll } from '../../crash/support/poll.ts'
import { encodeMetricsRequest } from '../../otlp/proto.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { differences, exemplarsOf, namesOf, notesOf, queryNumbers, seriesOf } from './prometheus-answers.ts'
import { EVERY_SECONDS, POINTS, PROMOTED, requestOf, SERIES, steps } from './random-metrics.ts'
import { type Answer, read, send, startReferenceServer } from './reference-server.ts'

/**
 * Scenario: the same OTLP goes to a gateway and to Prometheus' own receiver, database and API; then everything that Grafana's
 * Prometheus data source asks is asked of both. Guarantees: Grafana sees the names, labels and numbers that it would see of a
 * Prometheus, whichever way names are translated.
 */

const MINUTE = 60
/** Seconds, a full minute: the first point of every series. */
const START = Math.floor(Date.now() / 1000 / MINUTE) * MINUTE - 50 * MINUTE
const END = START + POINTS * EVERY_SECONDS
const RANGE = { start: String(START), end: String(END) }

type Ask = (path: string, form?: Readonly<Record<string, string>>) => Promise<Answer>
type Pair = { readonly weir: Ask; readonly prometheus: Ask; stop(): Promise<void> }

/** Both servers with the same points. */
async function startPair(strategy: string): Promise<Pair> {
  const stops: Array<() => Promise<unknown>> = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'weir-prometheus-'))
    stops.push(() => rm(folder, { recursive: true }))
    const prometheus = await startReferenceServer('prometheus', [folder, strategy, ...PROMOTED])
    stops.push(prometheus.stop)
    const promoted = JSON.stringify(PROMOTED)
    const gateway = await startTestGateway(
      `query: {translationStrategy: ${strategy}, promoteResourceAttributes: ${promoted}}\n`,
    )
    stops.push(() => gateway.stop())
    const body = encodeMetricsRequest(requestOf(fc.sample(steps, { numRuns: SERIES, seed: 316 }), START))
    await send(`${prometheus.url}/api/v1/otlp/v1/metrics`, body)
    await send(`${gateway.urls.http}/v1/metrics`, body)
    const pair = {
      weir: askerOf(`${gateway.urls.api}/prometheus/api/v1`),
      prometheus: askerOf(`${prometheus.url}/api/v1`),
      stop,
    }
    await poll('the gateway has as many series and exemplars as Prometheus', async () => {
      const [series, exemplars] = await Promise.all([
        both(pair, (ask) => ask(ALL_SERIES), seriesOf),
        both(pair, (ask) => ask(exemplarsPath(BUCKETS)), exemplarsOf),
      ])
      return (
        series.weir.length === series.prometheus.length &&
        exemplars.weir.length === exemplars.prometheus.length
      )
    })
    return pair
  } catch (error) {
    await stop()
    throw error
  }
}

const askerOf =
  (api: string): Ask =>
  (path, form) =>
    read(`${api}${path}`, form)

const search = (parameters: Readonly<Record<string, string>>): string =>
  String(new URLSearchParams(parameters))
const ALL_SERIES = `/series?${search({ ...RANGE, 'match[]': '{__name__!=""}' })}`
const BUCKETS = '{__name__=~"request.duration.*_bucket"}'
const exemplarsPath = (query: string): string => `/query_exemplars?${search({ ...RANGE, query })}`

/** What both answer to a question, which must be an answer. */
async function both<Shown>(
  pair: Pair,
  ask: (ask: Ask) => Promise<Answer>,
  shown: (body: unknown) => Shown,
): Promise<{ weir: Shown; prometheus: Shown }> {
  const [weir, prometheus] = await Promise.all([ask(pair.weir), ask(pair.prometheus)])
  expect([weir.status, prometheus.status], JSON.stringify([weir.body, prometheus.body])).toEqual([200, 200])
  return { weir: shown(weir.body), prometheus: shown(prometheus.body) }
}

/** The same numbers and notes, by the form that Grafana posts. */
async function expectSame(pair: Pair, path: string, form: Readonly<Record<string, string>>): Promise<number> {
  const { weir, prometheus } = await both(
    pair,
    (ask) => ask(path, form),
    (body) => body,
  )
  const [ours, theirs] = [queryNumbers(weir), queryNumbers(prometheus)]
  expect(ours.type).toBe(theirs.type)
  expect(differences(ours.series, theirs.series)).toEqual([])
  expect(notesOf(weir)).toEqual(notesOf(prometheus))
  return theirs.series.size
}

const STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const

describe.each(STRATEGIES)('names by %s', (strategy) => {
  let pair: Pair
  beforeAll(async () => {
    pair = await startPair(strategy)
  })
  afterAll(() => pair?.stop())

  it('every series', async () => {
    const { weir, prometheus } = await both(pair, (ask) => ask(ALL_SERIES), seriesOf)
    expect(weir).toEqual(prometheus)
    expect(weir.length).toBeGreaterThan(40)
  })

  it('every sample', async () => {
    const query = '{__name__!="",__name__!="target_info"}'
    expect(await expectSame(pair, '/query_range', { ...RANGE, query, step: '15' })).toBeGreaterThan(40)
  })

  it('every exemplar', async () => {
    const { weir, prometheus } = await both(pair, (ask) => ask(exemplarsPath(BUCKETS)), exemplarsOf)
    expect(weir).toEqual(prometheus)
    expect(weir.length).toBeGreaterThan(5)
  })

  it('names and values of labels', async () => {
    const labels = await both(pair, (ask) => ask('/labels', RANGE), namesOf)
    expect(labels.weir).toEqual(labels.prometheus)
    for (const name of ['__name__', 'job', 'instance', 'le', 'quantile', 'nothing'])
      for (const more of [{}, { 'match[]': '{job="shop/cart"}' }]) {
        const path = `/label/${name}/values?${search({ ...RANGE, limit: '40000', ...more })}`
        const { weir, prometheus } = await both(pair, (ask) => ask(path), namesOf)
        expect(weir, path).toEqual(prometheus)
      }
  })
})

/** What dashboards and Explore ask; the query builder's forms among them. */
const QUERIES = [
  'http_requests_total',
  'sum(rate(http_requests_total[5m]))',
  'sum by (job, code) (rate(http_requests_total{job=~"shop/.+"}[1m]))',
  'sum by (k8s_pod_name) (increase(http_requests_total[10m]))',
  'irate(cpu_time_seconds_total[5m])',
  'rate(cpu_time_seconds_total{cpu_mode="user"}[2m]) * 100',
  'topk(2, sum by (instance) (rate(network_io_bytes_total[5m])))',
  'avg by (job) (memory_usage_bytes)',
  'max_over_time(memory_usage_bytes[5m])',
  'quantile(0.9, memory_usage_bytes)',
  'stddev by (job) (avg_over_time(cpu_utilization_ratio[3m]))',
  'delta(queue_length[5m])',
  'deriv(queue_length[5m])',
  'resets(http_requests_total[15m])',
  'changes(memory_usage_bytes[5m])',
  'histogram_quantile(0.95, sum by (le, job) (rate(request_duration_seconds_bucket[5m])))',
  'histogram_quantile(0.5, rate(request_duration_seconds_bucket[5m]))',
  'rate(request_duration_seconds_sum[5m]) / rate(request_duration_seconds_count[5m])',
  'histogram_quantile(0.9, sum by (job) (rate(payload_size_bytes[5m])))',
  'histogram_count(rate(payload_size_bytes[5m]))',
  'histogram_avg(payload_size_bytes)',
  'rate(payload_size_bytes[5m])',
  'gc_pause_milliseconds{quantile="0.99"}',
  'sum(rate(http_requests_total{code="500"}[5m])) / sum(rate(http_requests_total[5m]))',
  'sum by (job) (memory_usage_bytes) / on (job) group_left () count by (job) (memory_usage_bytes)',
  'memory_usage_bytes > 10 and on (instance) queue_length < 0',
  'memory_usage_bytes or queue_length',
  'absent(nothing_at_all)',
  'http_requests_total offset 5m',
  'max_over_time(sum(rate(http_requests_total[1m]))[10m:1m])',
  'label_replace(memory_usage_bytes, "pod", "$1", "instance", "(.*)-.*")',
  'count by (__name__) ({__name__!="target_info",job="shop/front"})',
  '{"jobs_total"}',
  '{"jobs_total", job=~"shop/.+", instance!=""}',
  'sum(sort(memory_usage_bytes))',
  'memory_usage_bytes{job="shop/cart", instance!="x"}',
  'vector(1) + time() - 3',
  'scalar(sum(memory_usage_bytes))',
  'rate(memory_usage_bytes[5m])',
  'histogram_quantile(2, rate(request_duration_seconds_bucket[5m]))',
] as const

describe('answers', () => {
  let pair: Pair
  beforeAll(async () => {
    pair = await startPair('UnderscoreEscapingWithSuffixes')
  })
  afterAll(() => pair?.stop())

  it('the health check', async () => {
    expect(await expectSame(pair, '/query', { query: '1+1', time: '4' })).toBe(1)
  })

  for (const query of QUERIES) {
    it(`range: ${query}`, async () => {
      expect(await expectSame(pair, '/query_range', { ...RANGE, query, step: '60' })).toBeGreaterThan(0)
    })
    it(`instant: ${query}`, async () => {
      await expectSame(pair, '/query', { query, time: String(START + 20 * MINUTE) })
    })
  }

  it('labels of a resource, joined as dashboards join them', async () => {
    const query =
      'sum by (k8s_node_name) (memory_usage_bytes * on (job, instance) group_left (k8s_node_name) target_info)'
    const form = { start: String(START + 10 * MINUTE), end: String(START + 20 * MINUTE), query, step: '60' }
    expect(await expectSame(pair, '/query_range', form)).toBe(2)
  })

  it('a query laid out', async () => {
    for (const query of QUERIES) {
      const { weir, prometheus } = await both(
        pair,
        (ask) => ask('/format_query', { query }),
        (body) => body,
      )
      expect(weir).toEqual(prometheus)
    }
  })

  it.each([
    ['/query', { query: 'sum(' }],
    ['/query', { query: 'rate(x)' }],
    ['/query', {}],
    ['/query', { query: 'x', time: 'yesterday' }],
    ['/query_range', { query: 'x', start: '2', end: '1', step: '1' }],
    ['/query_range', { query: 'x', start: '1', end: '2', step: '0' }],
    [
      '/query',
      { query: 'memory_usage_bytes * on (job) memory_usage_bytes', time: String(START + 20 * MINUTE) },
    ],
    ['/query_range', { query: 'x[5m]', start: '1', end: '2', step: '1' }],
    ['/query_range', { query: '"x"', start: '1', end: '2', step: '1' }],
    ['/query', { query: 'x{__name__!="y"}' }],
    ['/query', { query: 'x', timeout: '0' }],
    ['/query', { query: 'x{a=~"("}' }],
    ['/query_exemplars', { query: 'sum(', ...RANGE }],
    ['/series', {}],
    ['/series', { 'match[]': '{}' }],
  ] as const)('%s %j has the status and type that Grafana tells apart', async (path, form) => {
    const [weir, prometheus] = await Promise.all([pair.weir(path, form), pair.prometheus(path, form)])
    const told = ({ status, body }: Answer): object => {
      const { errorType } = body as { readonly errorType: string }
      return { status, errorType }
    }
    expect(told(weir), JSON.stringify(weir.body)).toEqual(told(prometheus))
  })
})
