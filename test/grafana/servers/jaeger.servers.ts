import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { poll } from '../../crash/support/poll.ts'
import { encodeTracesRequest } from '../../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { dependenciesOf, traceOf as shownTrace, type Trace, tracesOf } from './jaeger-answers.ts'
import { drafts, OPERATIONS, ROUTES, SERVICES, traceIdOf, traceOf } from './random-traces.ts'
import { type Answer, type ReferenceServer, read, send, startReferenceServer } from './reference-server.ts'

/**
 * Scenario: the same OTLP goes to a gateway and to Jaeger's own query API; then everything that Grafana's Jaeger data source
 * asks is asked of both. Guarantees: Grafana sees the traces, menus and calls that it would see of a Jaeger.
 */

const TRACES = 120
const MINUTE = 60_000_000_000n
/** A full minute of the last hour. */
const BASE = ((BigInt(Date.now()) * 1_000_000n) / MINUTE) * MINUTE - 30n * MINUTE
const MICROS = Number(BASE / 1000n)

let gateway: TestGateway
let jaeger: ReferenceServer
let ask: {
  readonly weir: (path: string) => Promise<Answer>
  readonly jaeger: (path: string) => Promise<Answer>
}

beforeAll(async () => {
  jaeger = await startReferenceServer('jaeger')
  gateway = await startTestGateway()
  ask = {
    weir: (path) => read(`${gateway.urls.api}/jaeger/api${path}`),
    jaeger: (path) => read(`${jaeger.url}/api${path}`),
  }
  const sent = fc.sample(drafts, { numRuns: TRACES, seed: 62 })
  const body = encodeTracesRequest({
    resourceSpans: sent.flatMap((one, i) => traceOf(one, i, BASE + (BigInt(i) * MINUTE) / 10n)),
  })
  await send(`${jaeger.url}/v1/traces`, body)
  await send(`${gateway.urls.http}/v1/traces`, body)
  for (const [i, { length }] of sent.entries())
    await poll(`every span of trace ${i} is there`, async () => {
      const { status, body } = await ask.weir(`/traces/${traceIdOf(i).toString('hex')}`)
      return status === 200 && shownTrace(body).spans.length === length
    })
})
afterAll(async () => {
  await gateway?.stop()
  await jaeger?.stop()
})

/** What both answer to a question, which must be an answer. */
async function both<Shown>(
  path: string,
  shown: (body: unknown) => Shown,
): Promise<{ weir: Shown; jaeger: Shown }> {
  const [weir, reference] = await Promise.all([ask.weir(path), ask.jaeger(path)])
  expect([weir.status, reference.status], path).toEqual([200, 200])
  return { weir: shown(weir.body), jaeger: shown(reference.body) }
}

const names = (body: unknown): unknown[] => [...((body as { data: string[] | null }).data ?? [])].sort()
/** Jaeger's store in memory has a word for the kind that nobody set, its other stores leave it empty. */
const kinds = (body: unknown): string[] =>
  (body as { data: Array<{ name: string; spanKind: string }> }).data
    .map(({ name, spanKind }) => `${spanKind === 'unspecified' ? '' : spanKind} ${name}`)
    .sort()

describe('Grafana sees of a gateway what it sees of a Jaeger', () => {
  it('services, which also are its health check', async () => {
    const { weir, jaeger } = await both('/services', names)
    expect(weir).toEqual(jaeger)
    expect(weir).toEqual(['cart', 'front', 'stock'])
  })

  for (const service of SERVICES)
    it(`operations of ${service}`, async () => {
      const { weir, jaeger } = await both(`/services/${service}/operations`, names)
      expect(weir).toEqual(jaeger)
    })

  it('operations with their kinds', async () => {
    for (const spanKind of ['', 'server', 'client', 'producer', 'consumer', 'internal']) {
      const { weir, jaeger } = await both(`/operations?service=cart&spanKind=${spanKind}`, kinds)
      expect(weir, spanKind).toEqual(jaeger)
    }
  })

  it('every field of every trace', async () => {
    for (let i = 0; i < TRACES; i++) {
      const id = traceIdOf(i).toString('hex')
      const { weir, jaeger } = await both(`/traces/${id}`, shownTrace)
      expect(weir, id).toEqual(jaeger)
    }
  })

  it('which service calls which, how often', async () => {
    const endTs = Math.floor(MICROS / 1000) + 1_800_000
    const { weir, jaeger } = await both(`/dependencies?endTs=${endTs}&lookback=3600000`, dependenciesOf)
    expect(weir).toEqual(jaeger)
    expect(weir.length).toBeGreaterThan(3)
  })
})

type Search = Readonly<Record<string, string>>

const SEARCHES: ReadonlyArray<Search> = [
  ...SERVICES.map((service) => ({ service })),
  ...OPERATIONS.map((operation) => ({ service: 'cart', operation })),
  ...ROUTES.map((route) => ({ service: 'front', tags: JSON.stringify({ 'http.route': route }) })),
  { service: 'cart', tags: '{"error":"true"}' },
  { service: 'cart', tags: '{"span.kind":"server","http.route":"/pay"}' },
  { service: 'cart', tags: '{"k8s.pod.name":"cart-1"}' },
  { service: 'cart', tags: '{"span.0":"007"}' },
  { service: 'cart', tags: '{"span.0":"42"}' },
  { service: 'cart', tags: '{"otel.status_description":"it broke"}' },
  { service: 'cart', tags: '{"http.route":"/nowhere"}' },
  { service: 'stock', minDuration: '900ms' },
  { service: 'stock', minDuration: '1ms', maxDuration: '1.2s' },
  { service: 'stock', maxDuration: '0.5ms' },
  {
    service: 'front',
    operation: 'add',
    tags: '{"http.route":"/cart"}',
    minDuration: '100us',
    maxDuration: '1h',
  },
  { service: 'front', start: String(MICROS + 60_000_000), end: String(MICROS + 120_000_000) },
  { service: 'front', start: String(MICROS - 120_000_000), end: String(MICROS - 60_000_000) },
]

describe('a search finds what a Jaeger finds', () => {
  for (const search of SEARCHES)
    it(JSON.stringify(search), async () => {
      const range = { start: String(MICROS - 60_000_000), end: String(MICROS + 1_800_000_000) }
      const query = new URLSearchParams({ ...range, lookback: 'custom', limit: '1000', ...search })
      const { weir, jaeger } = await both(`/traces?${query}`, tracesOf)
      expect(weir.map(idOf)).toEqual(jaeger.map(idOf))
      expect(weir).toEqual(jaeger)
    })
})

const idOf = ({ traceID }: Trace): string => traceID

describe('what can not be answered has the status that Grafana tells apart', () => {
  it.each([
    `/traces/${'ab'.repeat(16)}`,
    '/traces/nothex',
    '/traces',
    '/traces?service=cart&minDuration=long',
    '/operations',
  ])('%s', async (path) => {
    const [weir, reference] = await Promise.all([ask.weir(path), ask.jaeger(path)])
    expect(weir.status).toBe(reference.status)
    const said = ({ body }: Answer): unknown => (body as { errors: Array<{ code: number }> }).errors[0]!.code
    expect(said(weir)).toBe(said(reference))
  })
})
