import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { World } from '../loki/support/world.ts'
import { decodeTraceById } from '../tempo/decode.ts'
import { BASE, relative, startTracesWorld, TRACE } from './gateway-world.ts'

/**
 * What Grafana asks of its Jaeger and Tempo data sources, in its order: saving the data source, filling its menus, searching,
 * opening a trace, a trace that is not there, and the graph of services. Answers are held to files, written down once and
 * read; times are counted from the beginning of the data.
 */

let world: World
beforeAll(async () => {
  world = await startTracesWorld()
})
afterAll(() => world?.stop())

const SECONDS = Number(BASE / 1_000_000_000n)
const MICROS = { start: String(BASE / 1000n - 60_000_000n), end: String(BASE / 1000n + 60_000_000n) }
const RANGE = { start: String(SECONDS - 60), end: String(SECONDS + 60) }
const JAEGER = '/jaeger/api'
const TEMPO = '/tempo/api'

type Step = readonly [golden: string, path: string, parameters?: Readonly<Record<string, string>>]

const STEPS: ReadonlyArray<Step> = [
  ['jaeger-services', `${JAEGER}/services`],
  ['jaeger-operations', `${JAEGER}/services/front-acme/operations`],
  [
    'jaeger-search',
    `${JAEGER}/traces`,
    {
      ...MICROS,
      ...{
        service: 'front-acme',
        operation: 'page of acme',
        tags: '{"http.route":"/acme","span.kind":"server"}',
      },
      ...{ minDuration: '1ms', maxDuration: '1s', limit: '20', lookback: 'custom' },
    },
  ],
  ['jaeger-nothing', `${JAEGER}/traces`, { ...MICROS, service: 'nobody', limit: '20' }],
  ['jaeger-trace', `${JAEGER}/traces/${TRACE}`],
  [
    'jaeger-dependencies',
    `${JAEGER}/dependencies`,
    { endTs: String(BASE / 1_000_000n + 60_000n), lookback: '3600000' },
  ],
  ['tempo-buildinfo', `${TEMPO}/status/buildinfo`],
  ['tempo-tags', `${TEMPO}/v2/search/tags`, { ...RANGE, limit: '5000' }],
  [
    'tempo-services',
    `${TEMPO}/v2/search/tag/resource.service.name/values`,
    { ...RANGE, q: '{}', limit: '5000' },
  ],
  ['tempo-statuses', `${TEMPO}/v2/search/tag/status/values`, { ...RANGE, q: '{ name = ' }],
  [
    'tempo-search',
    `${TEMPO}/search`,
    {
      ...RANGE,
      ...{
        q: '{resource.service.name="cart" && span.items>2 && status=error && duration>1ms}',
        limit: '20',
        spss: '3',
      },
    },
  ],
  [
    'tempo-nothing',
    `${TEMPO}/search`,
    { ...RANGE, q: '{resource.service.name="nobody"}', limit: '20', spss: '3' },
  ],
  ['tempo-trace', `${TEMPO}/v2/traces/${TRACE}`],
]

const goldenOf = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'))

describe('Grafana is answered', () => {
  for (const [golden, path, parameters = {}] of STEPS)
    it(golden, async () => {
      const answer = await world.ask('acme', `${path}?${new URLSearchParams(parameters)}`)
      expect([answer.status, answer.headers.get('content-type')], answer.text).toEqual([
        200,
        'application/json; charset=utf-8',
      ])
      expect(JSON.parse(answer.text, relative)).toEqual(goldenOf(golden))
    })

  it('the health check of Tempo says a word', async () => {
    expect(await world.ask('acme', `${TEMPO}/echo`)).toMatchObject({ status: 200, text: 'echo' })
    expect((await world.ask(undefined, `${TEMPO}/echo`)).status).toBe(401)
    expect(await world.ask(undefined, '/tempo/ready')).toMatchObject({ status: 200, text: 'ready\n' })
  })

  it('a trace in protobuf, and the second try of one that is not there', async () => {
    const accept = { headers: { accept: 'application/protobuf' } }
    const response = await fetch(`${world.gateway.urls.api}${TEMPO}/v2/traces/${TRACE}`, {
      headers: { ...accept.headers, authorization: 'Bearer acme-0123456789abcdef' },
    })
    const { trace } = decodeTraceById(new Uint8Array(await response.arrayBuffer()))
    const names = trace.resourceSpans!.flatMap(({ scopeSpans }) =>
      scopeSpans![0]!.spans!.map(({ name }) => name),
    )
    expect(names).toEqual(['page of acme', 'call of acme', 'add of acme'])
    for (const path of [`${TEMPO}/v2/traces/${'ab'.repeat(16)}`, `${TEMPO}/traces/${'ab'.repeat(16)}`])
      expect(await world.ask('acme', path, accept)).toMatchObject({ status: 404, text: 'trace not found' })
  })
})
