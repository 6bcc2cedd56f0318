import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf, readPages, type Signals, startSignals } from '../signals.ts'
import { expectedTraces, makeSpans, NAMES, type PlainSpan, SERVICES, sendSpans, TENANTS } from './world.ts'

/** Guarantees: a search finds the traces that a plain filter finds, each once over any pages, of this tenant alone. */

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
const RANGE = { start: BASE - SECOND, end: BASE + 60n * SECOND }
const SPANS = makeSpans(BASE, 150)

let signals: Signals
beforeAll(async () => {
  signals = await startSignals((send) => sendSpans(send, SPANS))
})
afterAll(() => signals?.stop())

type Asked = Readonly<Record<string, string | ReadonlyArray<string>>>

function pathOf(asked: Asked, range: Readonly<{ start: bigint; end: bigint }> = RANGE): string {
  const query = new URLSearchParams({ start: String(range.start), end: String(range.end) })
  for (const [name, values] of Object.entries(asked))
    for (const value of [values].flat()) query.append(name, value)
  return `/api/v1/traces?${query}`
}

const NANOS: Readonly<Record<string, bigint>> = {
  '1ns': 1n,
  '100ms': 100_000_000n,
  '1.5s': 1_500_000_000n,
  '1000': 1000n,
}
const STATUSES = ['unset', 'ok', 'error']

/** The filter, done by hand. */
function matcher(asked: Asked): (span: PlainSpan) => boolean {
  const { service, namespace, operation, minDuration, maxDuration, status, attribute = [] } = asked
  const pairs = [attribute]
    .flat()
    .map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)])
  return (span) =>
    (service === undefined || span.service === service) &&
    (namespace === undefined || span.namespace === namespace) &&
    (operation === undefined || span.name === operation) &&
    (minDuration === undefined || span.duration >= NANOS[String(minDuration)]!) &&
    (maxDuration === undefined || span.duration <= NANOS[String(maxDuration)]!) &&
    (status === undefined || STATUSES[span.status] === status) &&
    pairs.every(([key, value]) => key! in span.attributes && String(span.attributes[key!]) === value)
}

const search = async (asked: Asked, tenant: string, sizes = [1000], range = RANGE) =>
  readPages(signals.api, tenant, pathOf(asked, range), 'traces', sizes)

describe('a search', () => {
  it.each<Asked>([
    {},
    { service: 'check:out' },
    { service: "o'shop' OR '1' = '1" },
    { service: 'nobody' },
    { app: 'cart' },
    { namespace: 'prod', operation: '100%' },
    { operation: 'GET /cart' },
    { minDuration: '1.5s' },
    { maxDuration: '1ns' },
    { minDuration: '1ns', maxDuration: '1000' },
    { status: 'error' },
    { status: 'unset', service: 'web' },
    { attribute: 'http.response.status_code:500' },
    { attribute: 'http.route:http://x:80/' },
    { attribute: 'http.route:' },
    { attribute: 'absent:' },
    { attribute: ['cached:true', 'http.response.status_code:200', 'http.route:/cart'] },
    { attribute: "http.route:/' OR TenantId != '" },
    { attribute: 'tenant:umbrella' },
  ])('%o', async (asked) => {
    for (const tenant of TENANTS) {
      const matches = 'app' in asked ? (span: PlainSpan) => span.service === asked.app : matcher(asked)
      expect(await search(asked, tenant)).toEqual(expectedTraces(SPANS, tenant, matches))
    }
  })

  it('pages through any of them, however many share a moment', async () => {
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
    const made = fc.record({
      service: maybe(fc.constantFrom(...SERVICES)),
      operation: maybe(fc.constantFrom(...NAMES)),
      minDuration: maybe(fc.constantFrom(...Object.keys(NANOS))),
      status: maybe(fc.constantFrom(...STATUSES)),
      attribute: maybe(fc.constantFrom('cached:true', 'http.route:/')),
    })
    const sizes = fc.array(fc.integer({ min: 5, max: 60 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(made, sizes, fc.constantFrom(...TENANTS), async (parts, limits, tenant) => {
        const asked = Object.fromEntries(
          Object.entries(parts).filter(([, value]) => value !== undefined),
        ) as Asked
        expect(await search(asked, tenant, limits)).toEqual(expectedTraces(SPANS, tenant, matcher(asked)))
      }),
      { numRuns: 15 },
    )
  })

  it('looks at spans that start in the range only, its end not included, and sums up all of the trace', async () => {
    const range = { start: BASE + 1n, end: BASE + 1_000_002n }
    const found = await search({}, 'acme', [7], range)
    expect(found).toEqual(
      expectedTraces(SPANS, 'acme', ({ start }) => start >= range.start && start < range.end),
    )
    expect(await search({}, 'acme', [7], { start: BASE, end: BASE })).toEqual([])
  })

  it('goes on only with the filters, the range and the tenant that it began with', async () => {
    const ask = (path: string, tenant = 'acme') => signals.api.get(path, { 'x-scope-orgid': tenant })
    const { nextCursor } = jsonOf<{ nextCursor: string }>(
      await ask(`${pathOf({ attribute: 'cached:true' })}&limit=2`),
    )
    const goOn = `&limit=2&cursor=${nextCursor}`
    expect((await ask(pathOf({ attribute: 'cached:true' }) + goOn)).status).toBe(200)
    for (const [path, tenant] of [
      [pathOf({ attribute: 'cached:false' }) + goOn],
      [pathOf({}) + goOn],
      [pathOf({ attribute: 'cached:true' }, { ...RANGE, start: BASE }) + goOn],
      [pathOf({ attribute: 'cached:true' }) + goOn, 'umbrella'],
      [`${pathOf({}).replace('traces', 'logs')}${goOn}`],
    ] as const) {
      const answer = await ask(path, tenant)
      expect([answer.status, answer.json.error.code]).toEqual([400, 'invalid_cursor'])
    }
  })
})
