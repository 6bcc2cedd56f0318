import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Span, TracesRequest } from '../../otlp/proto.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { FULL, fullRecord, fullRequest, iso } from './full-span.ts'

/**
 * Guarantees: a trace is answered whole, of this tenant alone, oldest span first; every field, digit and kind of value
 * that was sent comes back.
 */

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const PLAIN = `${'0'.repeat(16)}00000000000000ab`
const SHARED = '5e'.repeat(16)
const LARGE = 'aa'.repeat(16)
const EDGES = 'bb'.repeat(16)
const LARGE_SPANS = 10_000

const of = (spans: Span[], service = 'cart'): TracesRequest => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ spans }],
    },
  ],
})

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await send.traces('acme', fullRequest(BASE))
    await send.traces(
      'acme',
      of([
        {
          traceId: bytes(PLAIN),
          spanId: bytes('0000000000000001'),
          name: 'plain',
          kind: 77,
          startTimeUnixNano: BASE,
          status: { code: 9 },
        },
      ]),
    )
    for (const [tenant, service] of [
      ['acme', 'mine'],
      ['umbrella', 'theirs'],
    ] as const)
      await send.traces(
        tenant,
        of(
          [0n, 1n, 2n].map((i) => ({
            traceId: bytes(SHARED),
            spanId: bytes(`00000000000000f${i}`),
            name: `${service} ${i}`,
            startTimeUnixNano: BASE - i * SECOND,
            endTimeUnixNano: BASE,
          })),
          service,
        ),
      )
    await send.traces(
      'umbrella',
      of([{ traceId: bytes('cc'.repeat(16)), spanId: bytes('01'.repeat(8)), startTimeUnixNano: BASE }]),
    )
    // A trace of many spans, in requests that share moments, and others around it.
    for (let part = 0; part < 4; part++)
      await send.traces(
        'acme',
        of(
          Array.from({ length: LARGE_SPANS / 4 }, (_, i) => ({
            traceId: bytes(LARGE),
            spanId: bytes((1 + part * 2_500 + i).toString(16).padStart(16, '0')),
            name: `large ${i}`,
            startTimeUnixNano: BASE + BigInt(i % 50),
            endTimeUnixNano: BASE + SECOND,
          })),
        ),
      )
    // Its last span starts where the trace ends.
    await send.traces(
      'acme',
      of(
        [BASE, BASE + SECOND].map((time, i) => ({
          traceId: bytes(EDGES),
          spanId: bytes(`0${i + 1}`.repeat(8)),
          startTimeUnixNano: time,
          endTimeUnixNano: time + BigInt(1 - i) * SECOND,
        })),
      ),
    )
  })
})
afterAll(() => signals?.stop())

type Trace = {
  readonly traceId: string
  readonly spans: ReadonlyArray<Record<string, unknown>>
  readonly truncated: boolean
}
const get = (id: string, query = '', tenant = 'acme', accept = '*/*') =>
  signals.api.get(`/api/v1/traces/${id}${query}`, { 'x-scope-orgid': tenant, accept })
const traceOf = async (id: string, query = '', tenant = 'acme') => jsonOf<Trace>(await get(id, query, tenant))

describe('a span', () => {
  it('has every field, with every digit and every type', async () => {
    const { traceId, spans, truncated } = await traceOf(FULL)
    expect([traceId, truncated]).toEqual([FULL, false])
    expect(spans).toEqual([fullRecord(BASE, expect.stringMatching(/^\d+$/))])
  })

  it('leaves out what is empty; numbers without a word stay numbers', async () => {
    const { spans } = await traceOf(PLAIN)
    expect(spans).toEqual([
      {
        timestamp: iso(BASE),
        timestampNs: String(BASE),
        durationNs: '0',
        traceId: PLAIN,
        spanId: '0000000000000001',
        name: 'plain',
        kind: '77',
        status: '9',
        service: 'cart',
        app: 'cart',
        attributes: {},
        retentionDays: 30,
        gatewayId: 'testgateway',
        seq: expect.any(String),
        resource: { attributes: { 'service.name': 'cart' } },
      },
    ])
  })
})

describe('a trace', () => {
  it.each(['ab', '00000000000000AB', PLAIN])('is found by %s: short ids lack their zeros', async (id) => {
    expect((await traceOf(id)).traceId).toBe(PLAIN)
  })

  it.each([
    ['acme', 'mine'],
    ['umbrella', 'theirs'],
  ])('of the same id in two tenants is answered to %s as its own', async (tenant, service) => {
    const { spans } = await traceOf(SHARED, '', tenant)
    expect(spans.map(({ name }) => name)).toEqual([`${service} 2`, `${service} 1`, `${service} 0`])
    expect(new Set(spans.map((span) => span.service))).toEqual(new Set([service]))
  })

  it.each([
    ['cc'.repeat(16), 'acme'],
    [FULL, 'umbrella'],
    ['dd'.repeat(16), 'acme'],
  ])('that is not stored is not found: %s for %s', async (id, tenant) => {
    const answer = await get(id, '', tenant)
    expect([answer.status, answer.json.error.code]).toEqual([404, 'not_found'])
    expect(answer.json.error.message).toBe(`No span of the trace ${id} is stored for this tenant.`)
  })

  it.each([
    ['xyz', '', 'invalid_parameter', 'expected up to 32 hex digits'],
    ['1'.repeat(33), '', 'invalid_parameter', 'expected up to 32 hex digits'],
    ["1'%20OR%201", '', 'invalid_parameter', 'expected up to 32 hex digits'],
    ['0', '', 'invalid_parameter', 'zeros stand for'],
    ['0'.repeat(32), '', 'invalid_parameter', 'zeros stand for'],
    [FULL, '?limit=0', 'invalid_parameter', 'from 1 to 10000'],
    [FULL, '?start=1', 'unknown_parameter', 'known are limit'],
  ])('%s%s is refused as %s: %s', async (id, query, code, sentence) => {
    const answer = await get(id, query)
    expect([answer.status, answer.json.error.code]).toEqual([400, code])
    expect(answer.json.error.message).toContain(sentence)
  })

  it('answers GET only', async () => {
    const answer = await signals.api.get(`/api/v1/traces/${FULL}`, { 'x-scope-orgid': 'acme' }, 'POST')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET'])
  })

  it('has the span that starts where it ends', async () => {
    const { spans } = await traceOf(EDGES)
    expect(spans.map(({ spanId, durationNs }) => [spanId, durationNs])).toEqual([
      ['01'.repeat(8), String(SECOND)],
      ['02'.repeat(8), '0'],
    ])
  })

  it(`of ${LARGE_SPANS} spans is whole and in order`, async () => {
    const { spans, truncated } = await traceOf(LARGE)
    expect(truncated).toBe(false)
    expect(spans.map(({ spanId }) => Number.parseInt(String(spanId), 16)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: LARGE_SPANS }, (_, i) => i + 1),
    )
    const places = spans.map((span) => [BigInt(String(span.timestampNs)), BigInt(String(span.seq))] as const)
    expect(
      places.every(
        ([time, seq], i) =>
          i === 0 || time > places[i - 1]![0] || (time === places[i - 1]![0] && seq > places[i - 1]![1]),
      ),
    ).toBe(true)
  })

  it.each([1, 2_000, 9_999])('says that spans are missing after %d', async (limit) => {
    const { spans, truncated } = await traceOf(LARGE, `?limit=${limit}`)
    expect([spans.length, truncated]).toEqual([limit, true])
  })

  it('is a span a line as NDJSON, whether it is whole last', async () => {
    const answer = await get(LARGE, '?limit=2500', 'acme', 'application/x-ndjson')
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([lines.length, lines.at(-1)]).toEqual([2501, { truncated: true }])
    expect(lines.slice(0, -1)).toEqual((await traceOf(LARGE, '?limit=2500')).spans)
    const missing = await get('dd'.repeat(16), '', 'acme', 'application/x-ndjson')
    expect(missing.status).toBe(404)
  })

  it('whose spans are gone while its times are kept is not found', async () => {
    await signals.writer.command(
      `INSERT INTO ${signals.writer.name}.trace_times (TenantId, TraceId, Day, RetentionDays, Start, End) VALUES ('acme', unhex('${'ee'.repeat(16)}'), today(), 30, now(), now())`,
    )
    for (const accept of ['application/json', 'application/x-ndjson'])
      expect((await get('ee'.repeat(16), '', 'acme', accept)).status).toBe(404)
  })
})
