import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { startTestApi } from '../support.ts'
import { FULL, fullRequest } from '../traces/full-span.ts'
import { makeSpans, type PlainSpan, SERVICES, sendSpans } from '../traces/world.ts'
import { fullTrace } from './full-trace.ts'
import { BASE, bytes, ODD, oddSpan, of, SECOND, sendCalls, spanId } from './world.ts'

/**
 * Guarantees: traces come back as Jaeger writes them, whole and of the tenant that asks; searches find what plain loops
 * over the same spans find.
 */

const SPANS = makeSpans(BASE, 60)
const LARGE = 'aa'.repeat(16)
const LARGE_SPANS = 100_000
const LIMIT = 10_000

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await send.traces('full', fullRequest(BASE))
    await sendSpans(send, SPANS)
    await sendCalls(send)
    await send.traces(
      'large',
      of(
        Array.from({ length: 20 }, (_, i) => oddSpan({ id: i + 1, start: BASE + SECOND })),
        'big',
      ),
    )
    for (let part = 0; part < 20; part++)
      await send.traces(
        'large',
        of(
          Array.from({ length: LARGE_SPANS / 20 }, (_, i) => ({
            traceId: bytes(LARGE),
            spanId: bytes(spanId(1 + part * (LARGE_SPANS / 20) + i)),
            name: 'large',
            startTimeUnixNano: BASE + BigInt(i),
            endTimeUnixNano: BASE + SECOND,
          })),
          'big',
        ),
      )
  })
}, 60_000)
afterAll(() => signals?.stop())

type Trace = {
  readonly traceID: string
  readonly spans: ReadonlyArray<{
    readonly spanID: string
    readonly operationName: string
    readonly processID: string
    readonly warnings: string[] | null
  }>
  readonly processes: Readonly<
    Record<string, { serviceName: string; tags: Array<{ key: string; value: unknown }> }>
  >
  readonly warnings: string[] | null
}
type Body<Item> = {
  readonly data: ReadonlyArray<Item>
  readonly total: number
  readonly errors: ReadonlyArray<{ code: number; msg: string; traceID?: string }> | null
}

const ask = (tenant: string, path: string) =>
  signals.api.get(`/jaeger/api${path}`, { 'x-scope-orgid': tenant })
const read = async <Item>(tenant: string, path: string): Promise<Body<Item>> =>
  jsonOf<Body<Item>>(await ask(tenant, path))

describe('a trace by id', () => {
  it('has every field, in Jaeger’s form', async () => {
    const answer = await ask('full', `/traces/${FULL}`)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(jsonOf(answer)).toEqual({ data: [fullTrace(BASE)], total: 1, limit: 0, offset: 0, errors: null })
  })

  it('is found by its id without leading zeros, in any case', async () => {
    const { data } = await read<Trace>('full', `/traces/${FULL.slice(3).toUpperCase()}`)
    expect(data.map(({ traceID }) => traceID)).toEqual([FULL])
  })

  it('of 100,000 spans is served up to the limit, and says so', async () => {
    const { data } = await read<Trace>('large', `/traces/${LARGE}`)
    expect(data[0]!.spans).toHaveLength(LIMIT)
    expect(data[0]!.warnings).toEqual([
      `only the ${LIMIT} oldest spans of the trace are shown: it has more than one answer may hold`,
    ])
  })

  it('marks missing parents and clocks that disagree', async () => {
    const { data } = await read<Trace>('calls', `/traces/${ODD}`)
    const marked = data[0]!.spans.map(({ spanID, warnings }) => [
      Number(`0x${spanID}`),
      warnings?.[0] ?? null,
    ])
    expect(marked).toEqual([
      [3, expect.stringMatching(/^it starts 5 ms before its parent: the clocks/)],
      ...[1, 2, 4, 5].map((id) => [id, null]),
      [6, 'its parent 0000000000000063 is not stored'],
    ])
    expect(data[0]!.warnings).toEqual([
      'spans without their parent: 1',
      'spans that start before their parent: 1',
    ])
  })

  it.each([
    ['not stored', `/traces/${'12'.repeat(16)}`, 404, 'trace not found'],
    ['of another tenant', `/traces/${FULL}`, 404, 'trace not found'],
    ['no hex', '/traces/xyz', 400, expect.stringContaining('is no trace id: expected up to 32 hex digits')],
    ['zeros', '/traces/0', 400, expect.stringContaining('is no trace id')],
  ])('%s: an error in Jaeger’s form', async (_, path, code, msg) => {
    const answer = await ask('acme', path)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      code,
      { data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] },
    ])
  })
})

describe('names', () => {
  it('services and operations are those of the spans', async () => {
    for (const tenant of ['acme', 'umbrella']) {
      const own = SPANS.filter((span) => span.tenant === tenant)
      const services = await read<string>(tenant, '/services')
      expect(services.data).toEqual([...new Set(own.map(({ service }) => service))].sort())
      expect(services.total).toBe(services.data.length)
      for (const service of SERVICES) {
        const { data } = await read<string>(tenant, `/services/${encodeURIComponent(service)}/operations`)
        const names = new Set(own.filter((span) => span.service === service).map(({ name }) => name))
        expect(data).toEqual([...names].sort())
      }
    }
  })

  it('operations have their kinds; a service without a name has one here', async () => {
    const cart = await read<unknown>('calls', '/operations?service=cart')
    expect(cart.data).toEqual([
      { name: 'add', spanKind: 'server' },
      { name: 'add', spanKind: 'client' },
      { name: 'inner', spanKind: '' },
    ])
    expect((await read<unknown>('calls', '/operations?service=cart&spanKind=client')).data).toEqual([
      { name: 'add', spanKind: 'client' },
    ])
    expect((await read<string>('calls', '/services')).data).toEqual(['cart', 'front', 'unknown_service'])
    expect((await read<string>('calls', '/services/unknown_service/operations')).data).toEqual(['nobody'])
  })
})

describe('a search', () => {
  const RANGE = { start: String(BASE / 1000n - 1_000_000n), end: String(BASE / 1000n + 10_000_000n) }
  const cases: ReadonlyArray<readonly [Readonly<Record<string, string>>, (span: PlainSpan) => boolean]> = [
    [{}, () => true],
    [{ operation: '100%' }, ({ name }) => name === '100%'],
    [
      { tags: '{"http.response.status_code":"500"}' },
      (span) => span.attributes['http.response.status_code'] === 500,
    ],
    [{ tags: '{"error":"true"}' }, ({ status }) => status === 2],
    [
      { tags: '{"otel.status_code":"OK","k8s.namespace.name":"prod"}' },
      (s) => s.status === 1 && s.namespace === 'prod',
    ],
    [{ tags: 'error=true cached=true' }, (span) => span.status === 2 && span.attributes.cached === true],
    [{ tag: 'http.route:http://x:80/' }, (span) => span.attributes['http.route'] === 'http://x:80/'],
    [{ tags: '{"http.route":""}' }, (span) => span.attributes['http.route'] === ''],
    [{ minDuration: '1.5s' }, ({ duration }) => duration >= 1_500_000_000n],
    [
      { minDuration: '1ns', maxDuration: '100ms' },
      ({ duration }) => duration >= 1n && duration <= 100_000_000n,
    ],
    [{ tags: '{"span.kind":"server"}' }, () => false],
    [{ tags: '{"no.such":"x"}' }, () => false],
  ]

  for (const tenant of ['acme', 'umbrella'])
    for (const service of SERVICES)
      it.each(cases)(`${tenant} ${service} %o`, async (asked, matches) => {
        const query = new URLSearchParams({ service, limit: '1000', ...RANGE, ...asked })
        const { data } = await read<Trace>(tenant, `/traces?${query}`)
        const own = SPANS.filter((span) => span.tenant === tenant)
        const wanted = new Set(
          own.filter((span) => span.service === service && matches(span)).map(({ traceId }) => traceId),
        )
        expect(new Set(data.map(({ traceID }) => traceID))).toEqual(wanted)
        expect(data).toHaveLength(wanted.size)
        for (const { traceID, spans } of data) {
          const ids = own.filter(({ traceId }) => traceId === traceID).map((span) => span.spanId)
          expect(spans.map(({ spanID }) => spanID).sort()).toEqual(ids.sort())
        }
      })

  it('is bounded by limit and range, newest first', async () => {
    const all = await read<Trace>(
      'acme',
      `/traces?service=web&${new URLSearchParams({ ...RANGE, limit: '1000' })}`,
    )
    const some = await read<Trace>(
      'acme',
      `/traces?service=web&${new URLSearchParams({ ...RANGE, limit: '3' })}`,
    )
    expect(some.data.map(({ traceID }) => traceID)).toEqual(
      all.data.slice(0, 3).map(({ traceID }) => traceID),
    )
    const before = { start: '0', end: String(BASE / 1000n - 1n) }
    expect((await read<Trace>('acme', `/traces?service=web&${new URLSearchParams(before)}`)).data).toEqual([])
    const lookback = await read<Trace>('acme', '/traces?service=web&lookback=1h&limit=1000')
    expect(lookback.data).toHaveLength(all.data.length)
    expect((await read<Trace>('acme', '/traces?service=web&lookback=1m')).data).toEqual([])
  })

  it('gives each of several traces its share of the spans', async () => {
    const { data } = await read<Trace>('large', '/traces?service=big')
    expect(data.map(({ spans, warnings }) => [spans.length, warnings?.length ?? 0])).toEqual([
      [20, 0],
      [LIMIT / 2, 1],
    ])
  })

  it('holds no more bytes and reads no more rows than the limits allow, and says so', async () => {
    const config = { tenancy: { ...defaultConfig().tenancy, mode: 'multi' as const } }
    const small = { resultBytesMax: 1024 * 1024, rowsToReadMax: 500_000 }
    const api = await startTestApi({ reader: signals.reader, config, query: small })
    const answer = await api.get(`/jaeger/api/traces/${LARGE}`, { 'x-scope-orgid': 'large' })
    const [trace] = jsonOf<Body<Trace>>(answer).data
    expect(trace!.spans.length).toBeGreaterThan(500)
    expect(trace!.spans.length).toBeLessThan(2_000)
    expect(trace!.warnings![0]).toMatch(/^only the \d+ oldest spans of the trace are shown/)
    await api.stop()
    const strict = await startTestApi({ reader: signals.reader, config, query: { rowsToReadMax: 1_000 } })
    const refused = await strict.get('/jaeger/api/services', { 'x-scope-orgid': 'large' })
    const { errors } = JSON.parse(refused.text) as Body<Trace>
    expect([refused.status, errors![0]!.code]).toEqual([422, 422])
    expect(errors![0]!.msg).toContain('query.rowsToReadMax')
    const text = await strict.get('/tempo/api/search', { 'x-scope-orgid': 'large' })
    expect([text.status, text.text]).toEqual([422, expect.stringContaining('query.rowsToReadMax')])
    await strict.stop()
  })

  it('by ids: those that are missing are named', async () => {
    const missing = '12'.repeat(16)
    const { data, errors } = await read<Trace>('calls', `/traces?traceID=${ODD}&traceID=${missing}`)
    expect(data.map(({ traceID, spans }) => [traceID, spans.length])).toEqual([[ODD, 6]])
    expect(errors).toEqual([{ code: 404, msg: 'trace not found', traceID: missing }])
  })

  it.each([
    ['', "parameter 'service' is required"],
    ['service=a&start=x', 'start="x" is no time: expected whole microseconds'],
    ['service=a&end=1700000000000000000', 'is later than the year 2262: expected microseconds'],
    ['service=a&minDuration=5x', 'minDuration="5x" is no duration'],
    ['service=a&minDuration=2s&maxDuration=1s', 'minDuration is longer than maxDuration: swap them'],
    ['service=a&tags={"a":', 'is no JSON: expected {"http.status_code":"500"}'],
    ['service=a&tags={"a":{"b":1}}', 'has no text for the tag "a"'],
    ['service=a&tags=%3Dx', 'is no list of key=value pairs'],
    ['service=a&limit=0', 'limit="0" is out of range: expected a whole number from 1 to 1000'],
    ['service=a&start=2000&end=1000', 'start is after end: swap them'],
    ['traceID=xyz', 'traceID is no trace id'],
  ])('%s: 400', async (query, words) => {
    const answer = await ask('acme', `/traces?${query}`)
    const { errors } = JSON.parse(answer.text) as Body<Trace>
    expect([answer.status, errors![0]!.code]).toEqual([400, 400])
    expect(errors![0]!.msg).toContain(words)
  })
})

describe('several tenants at once', () => {
  it('each process says whose it is, and a trace of both is one', async () => {
    const shared = SPANS[0]!.traceId
    const { data } = await read<Trace>('acme|umbrella', `/traces/${shared}`)
    const own = SPANS.filter(({ traceId }) => traceId === shared)
    expect(data[0]!.spans).toHaveLength(own.length)
    const tenantOf = (id: string) =>
      data[0]!.processes[id]!.tags.find(({ key }) => key === '__tenant_id__')?.value
    const told = data[0]!.spans.map(({ processID }) => tenantOf(processID)).sort()
    expect(told).toEqual(own.map(({ tenant }) => tenant).sort())
  })

  it('services are those of all', async () => {
    expect((await read<string>('acme|calls', '/services')).data).toEqual(
      [...SERVICES, 'cart', 'front', 'unknown_service']
        .filter((one, i, all) => all.indexOf(one) === i)
        .sort(),
    )
  })
})
