import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  decodeTracesRequest,
  encodeTracesRequest,
  type KeyValue,
  type Span,
  type TracesRequest,
} from '../../otlp/proto.ts'
import { jsonOf, type Signals, startSignals } from '../signals.ts'
import { FULL, fullRequest } from '../traces/full-span.ts'
import { makeSpans, type PlainSpan, sendSpans } from '../traces/world.ts'
import { decodeTraceById } from './decode.ts'

/**
 * Guarantees: a trace comes back as the OTLP that was sent, field by field, told by an implementation of protobuf that
 * shares nothing with Weir's; one too large is cut and marked.
 */

const SECOND = 1_000_000_000n
const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
const SPANS = makeSpans(BASE, 40)
const LARGE = 'aa'.repeat(16)
const LARGE_SPANS = 12_000
const PROTOBUF = 'application/protobuf'
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

const largeSpans = (): Span[] =>
  Array.from({ length: LARGE_SPANS }, (_, i) => ({
    traceId: bytes(LARGE),
    spanId: bytes((1 + i).toString(16).padStart(16, '0')),
    name: 'large',
    startTimeUnixNano: BASE + BigInt(i),
    endTimeUnixNano: BASE + SECOND,
  }))

let signals: Signals
beforeAll(async () => {
  signals = await startSignals(async (send) => {
    await send.traces('full', fullRequest(BASE))
    await sendSpans(send, SPANS)
    await send.traces('large', { resourceSpans: [{ scopeSpans: [{ spans: largeSpans() }] }] })
  })
}, 60_000)
afterAll(() => signals?.stop())

const ask = (tenant: string, path: string, accept?: string) =>
  signals.api.get(`/tempo/api${path}`, {
    'x-scope-orgid': tenant,
    ...(accept === undefined ? {} : { accept }),
  })

/** Resources are stored by what they are: their attributes in the order of their keys. */
function sortedResources(request: TracesRequest): TracesRequest {
  for (const { resource } of request.resourceSpans ?? [])
    (resource?.attributes as KeyValue[] | undefined)?.sort((a, b) => (a.key! < b.key! ? -1 : 1))
  return request
}

describe('a trace in protobuf', () => {
  const sent = () => sortedResources(decodeTracesRequest(encodeTracesRequest(fullRequest(BASE))))

  it('v1 is the very message that was sent', async () => {
    const answer = await ask('full', `/traces/${FULL}`, PROTOBUF)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, PROTOBUF])
    expect(sortedResources(decodeTracesRequest(answer.bytes))).toEqual(sent())
  })

  it('v2 has it in an envelope, with what is odd about it', async () => {
    const answer = await ask('full', `/v2/traces/${FULL}`, `${PROTOBUF}, application/json;q=0.5`)
    const { trace, status, message } = decodeTraceById(answer.bytes)
    expect(sortedResources(trace)).toEqual(sent())
    expect([status, message]).toEqual([0, 'spans without their parent: 1'])
  })

  it('has all spans of many requests, each with its own resource', async () => {
    const plain = (attributes: ReadonlyArray<KeyValue> = []) =>
      Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]))
    for (const [traceId, group] of Map.groupBy(
      SPANS.filter(({ tenant }) => tenant === 'acme'),
      (s) => s.traceId,
    )) {
      const { trace } = decodeTraceById((await ask('acme', `/v2/traces/${traceId}`, PROTOBUF)).bytes)
      const read = trace.resourceSpans!.flatMap(({ resource, scopeSpans }) =>
        scopeSpans!.flatMap(({ spans }) =>
          spans!.map((span) => ({
            resource: plain(resource?.attributes),
            id: (span.spanId as Buffer).toString('hex'),
            isRoot: span.parentSpanId === undefined,
            name: span.name ?? '',
            start: span.startTimeUnixNano,
            end: span.endTimeUnixNano,
            status: span.status?.code ?? 0,
            attributes: plain(span.attributes),
          })),
        ),
      )
      const wanted = (group as PlainSpan[]).map((span) => ({
        resource: { 'service.name': span.service, 'k8s.namespace.name': span.namespace },
        id: span.spanId,
        isRoot: span.isRoot,
        name: span.name,
        start: span.start,
        end: span.start + span.duration,
        status: span.status,
        attributes: Object.fromEntries(
          Object.entries(span.attributes).map(([key, value]) => [
            key,
            typeof value === 'number' ? BigInt(value) : value,
          ]),
        ),
      }))
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
      expect(read.sort(byId)).toEqual(wanted.sort(byId))
    }
  })

  it('of more spans than an answer may hold is partial, and says so in every form', async () => {
    const v2 = await ask('large', `/v2/traces/${LARGE}`, PROTOBUF)
    const { trace, status, message } = decodeTraceById(v2.bytes)
    const count = (request: TracesRequest) =>
      request.resourceSpans!.flatMap(({ scopeSpans }) => scopeSpans!.flatMap(({ spans }) => spans!)).length
    expect([count(trace), status, message]).toEqual([
      10_000,
      1,
      expect.stringMatching(/^only the 10000 oldest spans/),
    ])
    const v1 = await ask('large', `/traces/${LARGE}`, PROTOBUF)
    expect([count(decodeTracesRequest(v1.bytes)), v1.headers['x-weir-partial']]).toEqual([10_000, 'true'])
    const json = jsonOf<{ status: string; message: string }>(await ask('large', `/v2/traces/${LARGE}`))
    expect(json).toMatchObject({
      status: 'PARTIAL',
      message: expect.stringMatching(/^only the 10000 oldest/),
    })
  })
})

describe('a trace in JSON', () => {
  const base64 = (hex: string) => bytes(hex).toString('base64')

  it('is ProtoJSON: ids in base64, 64-bit numbers as text, names of enumerations', async () => {
    const body = jsonOf<{ batches: Array<{ scopeSpans: Array<{ spans: object[] }> }> }>(
      await ask('full', `/traces/${FULL}`),
    )
    expect(body.batches).toHaveLength(1)
    expect(body.batches[0]).toMatchObject({
      resource: { attributes: expect.arrayContaining([{ key: 'process.pid', value: { intValue: '42' } }]) },
      schemaUrl: 'https://schema/r',
    })
    expect(body.batches[0]!.scopeSpans[0]!.spans[0]).toMatchObject({
      traceId: base64(FULL),
      spanId: base64('00f1f2f3f4f5f6f7'),
      kind: 'SPAN_KIND_SERVER',
      startTimeUnixNano: String(BASE + 123_456_789n),
      status: { code: 'STATUS_CODE_ERROR', message: 'it broke' },
      attributes: expect.arrayContaining([
        { key: 'int.max', value: { intValue: '9223372036854775807' } },
        { key: 'double.nan', value: { doubleValue: 'NaN' } },
        { key: 'bytes', value: { bytesValue: '3q2+7w==' } },
        { key: 'array', value: { arrayValue: { values: [{ intValue: '9007199254740993' }, {}] } } },
      ]),
    })
  })

  it('v2 has it in an envelope', async () => {
    const v1 = jsonOf<{ batches: object[] }>(await ask('full', `/traces/${FULL}`))
    expect(jsonOf(await ask('full', `/v2/traces/${FULL}`))).toEqual({
      trace: { resourceSpans: v1.batches },
      metrics: {},
      message: 'spans without their parent: 1',
    })
  })
})

describe('refusals are plain text', () => {
  it.each([
    ['not stored', `/traces/${'12'.repeat(16)}`, 404, 'trace not found'],
    ['not stored, v2', `/v2/traces/${'12'.repeat(16)}`, 404, 'trace not found'],
    ['of another tenant', `/v2/traces/${FULL}`, 404, 'trace not found'],
    ['no hex', '/v2/traces/xyz', 400, 'The path is no trace id: expected up to 32 hex digits.'],
    ['no such path', '/v3/traces', 404, 'There is nothing at this path: docs/api.md lists the endpoints.'],
  ])('%s', async (_, path, status, text) => {
    const answer = await ask('acme', path, PROTOBUF)
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      status,
      'text/plain; charset=utf-8',
      text,
    ])
  })
})

it('a trace of two tenants says whose each span is', async () => {
  const { traceId } = SPANS[0]!
  const { trace } = decodeTraceById((await ask('acme|umbrella', `/v2/traces/${traceId}`, PROTOBUF)).bytes)
  const tenants = trace.resourceSpans!.map(
    ({ resource }) => resource!.attributes!.find(({ key }) => key === '__tenant_id__')!.value!.stringValue,
  )
  expect([...new Set(tenants)].sort()).toEqual(['acme', 'umbrella'])
})
