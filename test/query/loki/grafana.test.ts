import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AskOptions, BASE, RANGE, startWorld, url, type World } from './support/world.ts'

/**
 * What Grafana asks of a Loki data source, in its order and with its headers: saving the data source, opening Explore,
 * running a query with its log volume, the context of a line, live hints, and Logs Drilldown. Answers are held to files,
 * written down once and read: times are counted from the beginning of the data, and statistics are looked at apart.
 */

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

const LOKI = '/loki/api/v1'
const SELECTOR = '{service_name="checkout"}'
const CATEGORIZE = { 'x-loki-response-encoding-flags': 'categorize-labels' }
const MS_RANGE = {
  start: new Date(Number(BASE / 1_000_000n)).toISOString(),
  end: new Date(Number(BASE / 1_000_000n) + 600_000).toISOString(),
}

/** Times as distances from the first minute of the data. */
function relative(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && /^\d{19}$/.test(value)) return `+${BigInt(value) - BASE}ns`
  const seconds = Number(BASE / 1_000_000_000n)
  if (typeof value === 'number' && value > 1e9 && value < 3e9) return `+${value - seconds}s`
  return value
}

type Step = readonly [
  golden: string,
  path: string,
  parameters: Readonly<Record<string, string>>,
  headers?: AskOptions['headers'],
]

const STEPS: ReadonlyArray<Step> = [
  ['health', '/query', { query: 'vector(1)+vector(1)', time: '4000000000', direction: 'backward' }],
  ['labels', '/labels', RANGE],
  ['label-values', '/label/service_name/values', { ...RANGE, query: '{k8s_namespace_name="shop"}' }],
  ['label-values-all', '/label/k8s_pod_name/values', RANGE],
  ['shard-probe', '/label/__stream_shard__/values', RANGE],
  ['series', '/series', { ...RANGE, 'match[]': SELECTOR }],
  ['index-stats', '/index/stats', { ...RANGE, query: SELECTOR }],
  [
    'lines',
    '/query_range',
    { ...RANGE, query: SELECTOR, step: '2000ms', direction: 'backward', limit: '1000' },
    CATEGORIZE,
  ],
  [
    'lines-parsed',
    '/query_range',
    {
      ...RANGE,
      query: `${SELECTOR} | json | drop __error__, __error_details__`,
      step: '2000ms',
      limit: '2',
      direction: 'forward',
    },
    CATEGORIZE,
  ],
  [
    'log-volume',
    '/query_range',
    {
      ...RANGE,
      query: `sum by (level, detected_level) (count_over_time(${SELECTOR} | drop __error__[1m]))`,
      step: '60000ms',
      direction: 'backward',
    },
    { 'x-query-tags': 'Source=logvolhist' },
  ],
  [
    'log-sample',
    '/query_range',
    { ...RANGE, query: SELECTOR, step: '2000ms', direction: 'backward', limit: '10' },
    { 'x-query-tags': 'Source=datasample' },
  ],
  [
    'context-before',
    '/query_range',
    {
      start: RANGE.start,
      end: String(BASE + 61_000_000_000n),
      query: SELECTOR,
      limit: '10',
      direction: 'backward',
      step: '1000ms',
    },
    CATEGORIZE,
  ],
  [
    'context-after',
    '/query_range',
    {
      start: String(BASE + 61_000_000_000n),
      end: RANGE.end,
      query: SELECTOR,
      limit: '10',
      direction: 'forward',
      step: '1000ms',
    },
    CATEGORIZE,
  ],
  [
    'instant',
    '/query',
    { query: `sum by (service_name) (count_over_time({k8s_namespace_name="shop"}[10m]))`, time: RANGE.end },
  ],
  ['scalar', '/query', { query: '1.5e-7 * 2', time: RANGE.end }],
  ['nothing', '/query_range', { ...RANGE, query: '{service_name="nobody"}', step: '2000ms' }, CATEGORIZE],
  ['nothing-counted', '/query_range', { ...RANGE, query: 'rate({service_name="nobody"}[1m])', step: '60s' }],
  ['drilldown-limits', '/drilldown-limits', {}],
  [
    'drilldown-volume',
    '/index/volume',
    { ...MS_RANGE, query: '{service_name=~".+"}', limit: '5000', targetLabels: 'service_name' },
  ],
  ['volume-range', '/index/volume_range', { ...RANGE, query: '{namespace="shop"}', step: '60s' }],
  ['volume-by-label', '/index/volume', { ...RANGE, query: '{}', aggregateBy: 'labels' }],
  ['detected-labels', '/detected_labels', { ...RANGE, query: SELECTOR }],
  ['detected-fields', '/detected_fields', { ...RANGE, query: SELECTOR, limit: '1000' }],
  ['detected-values', '/detected_field/user_id/values', { ...RANGE, query: SELECTOR, limit: '1000' }],
  ['patterns', '/patterns', { ...RANGE, query: SELECTOR }],
  ['format', '/format_query', { query: '{service_name="checkout"}|="x"|json|status>=400' }],
  ['buildinfo', '/status/buildinfo', {}],
]

function goldenOf(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'))
}

type Body = { readonly data?: { readonly stats?: unknown } }

function withoutStats(text: string): { readonly shown: unknown; readonly stats: unknown } {
  const body = JSON.parse(text) as Body
  const stats = body.data?.stats
  if (stats !== undefined) delete (body.data as { stats?: unknown }).stats
  return { shown: JSON.parse(JSON.stringify(body), relative), stats }
}

describe('Grafana is answered', () => {
  for (const [golden, path, parameters, headers = {}] of STEPS) {
    it(golden, async () => {
      const answer = await world.ask('acme', url(`${LOKI}${path}`, parameters), { headers })
      expect([answer.status, answer.headers.get('content-type')], answer.text).toEqual([
        200,
        'application/json; charset=utf-8',
      ])
      const { shown, stats } = withoutStats(answer.text)
      expect(shown).toEqual(goldenOf(golden))
      if (path.startsWith('/query'))
        expect(stats).toMatchObject({
          summary: { execTime: expect.any(Number), totalLinesProcessed: expect.any(Number) },
        })
    })

    it(`${golden}: the same by POST`, async () => {
      const answer = await world.ask('acme', `${LOKI}${path}`, { headers, form: parameters })
      expect(answer.status, answer.text).toBe(200)
      expect(withoutStats(answer.text).shown).toEqual(goldenOf(golden))
    })
  }

  it('the flags stand before the result, which its reader needs', async () => {
    const path = url(`${LOKI}/query_range`, { ...RANGE, query: SELECTOR })
    const { text } = await world.ask('acme', path, { headers: CATEGORIZE })
    expect(text.indexOf('"encodingFlags"')).toBeGreaterThan(0)
    expect(text.indexOf('"encodingFlags"')).toBeLessThan(text.indexOf('"result":'))
  })

  it('readiness is a word', async () => {
    const answer = await world.ask(undefined, '/ready')
    expect([answer.status, answer.text]).toEqual([200, 'ready\n'])
  })

  it('two tenants at once have a label that says whose a line is', async () => {
    const parameters = { ...RANGE, query: '{service_name="cart"} |= "added"', limit: '10' }
    const answer = await world.ask('both', url(`${LOKI}/query_range`, parameters), {
      tenants: 'acme|globex',
      headers: CATEGORIZE,
    })
    expect(withoutStats(answer.text).shown).toEqual(goldenOf('two-tenants'))
  })

  it('interval thins lines out, by the clock of the answer', async () => {
    const timesOf = async (parameters: Readonly<Record<string, string>>): Promise<bigint[]> => {
      const path = url(`${LOKI}/query_range`, { ...RANGE, query: '{namespace="shop"}', ...parameters })
      const { data } = JSON.parse((await world.ask('acme', path)).text) as {
        data: { result: Array<{ values: Array<[string, string]> }> }
      }
      return data.result
        .flatMap(({ values }) => values.map(([ns]) => (BigInt(ns) - BASE) / 1_000_000_000n))
        .sort()
    }
    expect(await timesOf({})).toEqual([1n, 1n, 2n, 61n, 62n, 121n].sort())
    expect(await timesOf({ interval: '60s', direction: 'forward' })).toEqual([1n, 61n, 121n].sort())
    expect(await timesOf({ interval: '60', direction: 'backward' })).toEqual([1n, 121n, 61n].sort())
    expect(await timesOf({ interval: '1s', limit: '2', direction: 'forward' })).toEqual([1n, 2n])
  })
})
