import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defaultConfig } from '../../src/config/schema.ts'
import type { Route } from '../../src/query/route.ts'
import { RANGE, startWorld, url, type World } from './loki/support/world.ts'
import { testEndpoints } from './support.ts'

/**
 * The OpenAPI document tells what the API does: real requests fit its parameters, real answers fit its schemas, read back
 * from the JSON that a client gets.
 */

type Schema = Readonly<Record<string, unknown>>
type Operation = {
  readonly summary?: string
  readonly parameters: ReadonlyArray<{ name: string; in: string; required: boolean; schema: Schema }>
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> }
  readonly responses: Readonly<Record<string, { content: Readonly<Record<string, { schema?: Schema }>> }>>
}
type Document = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

let world: World
let document: Document
beforeAll(async () => {
  world = await startWorld()
  const answer = await world.ask(undefined, '/api/openapi.json')
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ])
  document = JSON.parse(answer.text) as Document
})
afterAll(() => world?.stop())

const routes: ReadonlyArray<Route> = testEndpoints(defaultConfig())
const QUERY = '{service_name="checkout"}'

it('has every endpoint and every method, each with a summary and its answer', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths).sort()).toEqual(routes.map(({ path }) => path).sort())
  for (const { path, methods, doc } of routes) {
    expect([path, doc]).toEqual([path, expect.anything()])
    expect(Object.keys(document.paths[path]!)).toEqual(methods.map((method) => method.toLowerCase()))
    for (const operation of Object.values(document.paths[path]!)) {
      expect([path, operation.summary]).toEqual([path, expect.stringMatching(/^\S.*\S$/)])
      const named = operation.parameters.map(({ name, in: place }) => `${place} ${name}`)
      const segments = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`)
      expect(named).toEqual([
        ...segments,
        ...Object.keys(doc?.parameters?.shape ?? {}).map((name) => `query ${name}`),
      ])
      expect(Object.keys(operation.responses)).toEqual(['200', 'default'])
    }
  }
})

it('is JSON Schema that says something, of every parameter', () => {
  for (const [path, operations] of Object.entries(document.paths))
    for (const { parameters } of Object.values(operations))
      for (const { name, schema } of parameters)
        expect([path, name, schema.type ?? schema.enum ?? schema.anyOf]).toEqual([
          path,
          name,
          expect.anything(),
        ])
})

const EXAMPLES: ReadonlyArray<
  readonly [
    path: string,
    parameters: Readonly<Record<string, string>>,
    segments?: Readonly<Record<string, string>>,
  ]
> = [
  ['/api/v1/logs', { ...RANGE, service: 'checkout', severity: 'warn', limit: '2' }],
  ['/api/v1/logs', { ...RANGE, query: `${QUERY} | json`, direction: 'forward' }],
  ['/api/v1/logs/histogram', { ...RANGE, step: '1m' }],
  ['/api/v1/traces', RANGE],
  ['/api/v1/metrics/names', RANGE],
  ['/api/v1/metrics/series', { ...RANGE, metric: 'cpu' }],
  ['/api/v1/cardinality', {}],
  ['/api/v1/cardinality', { metric: 'cpu', seriesLimit: '1' }],
  ['/api/v1/cardinality/logs', { ...RANGE, by: 'attribute' }],
  ['/api/v1/recommendations', { days: '30', used: 'cpu' }],
  ['/api/v1/rules', { ...RANGE, samples: 'true' }],
  ['/loki/api/v1/query', { query: 'vector(1)+vector(1)', time: '4000000000' }],
  ['/loki/api/v1/query', { query: '1 + 1' }],
  [
    '/loki/api/v1/query_range',
    { ...RANGE, query: QUERY, direction: 'backward', limit: '100', step: '2000ms' },
  ],
  ['/loki/api/v1/query_range', { ...RANGE, query: `rate(${QUERY}[1m])`, step: '60' }],
  ['/loki/api/v1/labels', RANGE],
  ['/loki/api/v1/label/{name}/values', RANGE, { name: 'service_name' }],
  ['/loki/api/v1/series', { ...RANGE, 'match[]': QUERY }],
  ['/loki/api/v1/index/stats', { ...RANGE, query: QUERY }],
  [
    '/loki/api/v1/index/volume',
    { ...RANGE, query: QUERY, targetLabels: 'service_name', aggregateBy: 'series' },
  ],
  ['/loki/api/v1/index/volume_range', { ...RANGE, query: QUERY, step: '60s' }],
  ['/loki/api/v1/detected_labels', RANGE],
  ['/loki/api/v1/detected_fields', { ...RANGE, query: QUERY, line_limit: '100' }],
  ['/loki/api/v1/detected_field/{name}/values', { ...RANGE, query: QUERY }, { name: 'status' }],
  ['/loki/api/v1/patterns', {}],
  ['/loki/api/v1/format_query', { query: QUERY }],
  ['/loki/api/v1/drilldown-limits', {}],
  ['/loki/api/v1/status/buildinfo', {}],
  ['/prometheus/api/v1/query', { query: '1 + 1', time: '4' }],
  ['/prometheus/api/v1/query_range', { query: 'time()', start: '0', end: '60', step: '15s' }],
  ['/prometheus/api/v1/labels', { 'match[]': 'up', start: '0', end: '60' }],
  ['/prometheus/api/v1/label/{name}/values', { limit: '10' }, { name: '__name__' }],
  ['/prometheus/api/v1/series', { 'match[]': '{__name__!=""}' }],
  ['/prometheus/api/v1/metadata', { metric: 'up' }],
  ['/prometheus/api/v1/query_exemplars', { query: 'up' }],
  ['/prometheus/api/v1/format_query', { query: 'up' }],
  ['/prometheus/api/v1/status/buildinfo', {}],
  ['/prometheus/api/v1/rules', {}],
  ['/prometheus/api/v1/alerts', {}],
  ['/jaeger/api/services', {}],
  ['/jaeger/api/services/{service}/operations', {}, { service: 'checkout' }],
  ['/jaeger/api/operations', { service: 'checkout', spanKind: 'server' }],
  ['/jaeger/api/traces', { service: 'checkout', tags: '{"error":"true"}', limit: '20', lookback: '1h' }],
  ['/jaeger/api/dependencies', { lookback: '3600000' }],
  ['/tempo/api/search', { q: '{ duration > 1ms }', limit: '20', spss: '3' }],
  ['/tempo/api/v2/search/tags', { scope: 'span', limit: '100' }],
  ['/tempo/api/search/tags', {}],
  ['/tempo/api/v2/search/tag/{tag}/values', { q: '{ name =' }, { tag: 'resource.service.name' }],
  ['/tempo/api/search/tag/{tag}/values', {}, { tag: 'service.name' }],
  ['/tempo/api/status/buildinfo', {}],
  ['/healthz', {}],
  ['/readyz', {}],
]

/** As a client's validator reads the document. */
const validator = (schema: Schema): z.ZodType =>
  z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])

describe('examples', () => {
  it('are there for every endpoint with JSON', () => {
    const apart = new Set([
      '/api/v1/logs/context',
      '/api/v1/traces/{traceId}',
      '/jaeger/api/traces/{traceId}',
      // By POST, or for operators: test/e2e/reload.test.ts, rules-try.test.ts.
      '/api/v1/config',
      '/api/v1/config/versions',
      '/api/v1/config/reload',
      '/api/v1/rules/try',
    ])
    const withSchema = routes.filter(({ path, doc }) => doc?.answer instanceof z.ZodType && !apart.has(path))
    expect([...new Set(EXAMPLES.map(([path]) => path))].sort()).toEqual(
      withSchema.map(({ path }) => path).sort(),
    )
  })

  for (const [path, parameters, segments = {}] of EXAMPLES)
    it(`${path} ${JSON.stringify(parameters)}`, async () => {
      const operation = document.paths[path]!.get!
      for (const { name, required, schema, in: place } of operation.parameters) {
        const value = place === 'path' ? segments[name] : parameters[name]
        if (value === undefined) expect([name, required]).toEqual([name, false])
        else {
          const asked = schema.type === 'array' ? [value] : value
          expect([name, validator(schema).safeParse(asked).success]).toEqual([name, true])
        }
      }
      const filled = Object.entries(segments).reduce(
        (text, [name, value]) => text.replace(`{${name}}`, value),
        path,
      )
      const { status, text } = await world.ask('acme', url(filled, parameters), {
        headers: path.endsWith('query_range')
          ? { 'x-loki-response-encoding-flags': 'categorize-labels' }
          : {},
      })
      expect(status, text).toBe(200)
      const { schema } = operation.responses['200']!.content['application/json']!
      const { error } = validator(schema!).safeParse(JSON.parse(text))
      expect(error, text.slice(0, 2000)).toBeUndefined()
    })

  it('the context of a record, and the error of another', async () => {
    const { records } = JSON.parse((await world.ask('acme', url('/api/v1/logs', RANGE))).text) as {
      records: Array<{ timestampNs: string; seq: string; gatewayId: string }>
    }
    const { timestampNs, seq, gatewayId } = records[0]!
    const path = '/api/v1/logs/context'
    const { responses } = document.paths[path]!.get!
    const found = await world.ask('acme', url(path, { timestampNs, seq, gatewayId }))
    const { error } = validator(responses['200']!.content['application/json']!.schema!).safeParse(
      JSON.parse(found.text),
    )
    expect(error).toBeUndefined()
    const missing = await world.ask('acme', url(path, { timestampNs, seq: '1', gatewayId }))
    const errorSchema = validator(document.components.schemas.Error!)
    expect(errorSchema.safeParse(JSON.parse(missing.text)).error).toBeUndefined()
    expect(errorSchema.safeParse({ error: { code: 'made_up', message: '', requestId: '' } }).success).toBe(
      false,
    )
  })

  it('a POST takes the same parameters as a form', () => {
    for (const { path, methods, doc } of routes) {
      const { post } = document.paths[path]!
      expect([path, post !== undefined]).toEqual([path, methods.includes('POST')])
      if (post === undefined || doc?.parameters === undefined) continue
      const form = post.requestBody!.content['application/x-www-form-urlencoded']!.schema
      expect(Object.keys(form.properties as object)).toEqual(Object.keys(doc.parameters.shape))
    }
  })
})
