import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import { Refusal } from '../../src/otlp/refusal.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { openTraces } from '../../src/telemetry/tracing/open.ts'
import type { OwnTraces } from '../../src/telemetry/tracing.ts'
import { startTraceReceiver, type TraceReceiver } from '../telemetry/support/trace-receiver.ts'
import { frame, post, RawGrpc } from './support/clients.ts'
import { CALLER, type Receivers, startReceivers } from './support/receivers.ts'

/** What a request's span says of how it went, by transport and answer. */

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'
const TRACED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` }
const LOGS = 'opentelemetry.proto.collector.logs.v1.LogsService/Export'

let receiver: TraceReceiver
let traces: OwnTraces
let receivers: Receivers
let raw: RawGrpc
let answer: () => Promise<{ rejected: number; message: string }>

beforeAll(async () => {
  receiver = await startTraceReceiver()
  const config = defaultConfig()
  const telemetry = {
    ...config.telemetry,
    traces: { ...config.telemetry.traces, endpoint: receiver.url, sampleRatio: 0 },
  }
  const parts = { metrics: createMetrics(), logger: pino({ level: 'silent' }) }
  traces = await openTraces({ ...config, telemetry }, parts)
  receivers = await startReceivers({
    tracing: traces.tracing,
    limits: { requestBytesMax: 2000, inFlightRequestsMax: 1 },
    authenticate: ({ authorization }) => {
      if (authorization === 'Bearer stranger') throw new Refusal('unauthorized', 'not known')
      return CALLER
    },
    handler: () => answer(),
  })
  raw = new RawGrpc(receivers.grpcPort)
})
afterAll(async () => {
  raw.close()
  await receivers.stop()
  await traces.stop(2000)
  receiver.stop()
})

const inFlight = (): number => receivers.intake.admission.requestsInFlight

async function spansOf(headers: Record<string, string>, body: Uint8Array, isCompressed = false) {
  const from = receiver.spans.length
  const http = isCompressed ? { 'content-encoding': 'gzip' } : {}
  const grpc = isCompressed ? { 'grpc-encoding': 'gzip' } : {}
  await post(receivers.httpPort, new Uint8Array(body), { ...headers, ...http })
  await raw.call({ headers: { ...headers, ...grpc }, bytes: frame(body, isCompressed) })
  await traces.flush(5000)
  return receiver.spans.slice(from)
}

const ok = async () => ({ rejected: 0, message: '' })
const refused = (kind: 'malformed' | 'overloaded' | 'unavailable') => async () => {
  throw new Refusal(kind, 'why')
}

test.each<
  [
    outcome: string,
    answer: () => Promise<{ rejected: number; message: string }>,
    http: number,
    grpc: string,
    isFault: [http: boolean, grpc: boolean],
    body?: Buffer,
  ]
>([
  ['ok', ok, 200, 'OK', [false, false]],
  ['partial', async () => ({ rejected: 1, message: 'old' }), 200, 'OK', [false, false]],
  ['malformed', refused('malformed'), 400, 'INVALID_ARGUMENT', [false, false]],
  ['too_large', ok, 413, 'RESOURCE_EXHAUSTED', [false, false], Buffer.alloc(3000)],
  ['overloaded', refused('overloaded'), 429, 'RESOURCE_EXHAUSTED', [false, false]],
  ['unavailable', refused('unavailable'), 503, 'UNAVAILABLE', [true, true]],
  [
    'internal',
    async () => {
      throw new Error('a defect')
    },
    500,
    'INTERNAL',
    [true, true],
  ],
])('%s', async (outcome, answers, http, grpc, isFault, body = Buffer.from('abc')) => {
  answer = answers
  const spans = await spansOf({ ...TRACED, tracestate: 'shop=1' }, body)
  const failed = (fault: boolean) => (fault ? { 'error.type': outcome } : {})
  const read = outcome === 'too_large' ? {} : { 'weir.request.wire_bytes': 3, 'weir.request.bytes': 3 }
  const shared = { 'weir.signal': 'logs', 'weir.outcome': outcome, ...read }
  expect(
    spans.map(({ name, kind, attributes, status }) => ({ name, kind, attributes, isError: status === 2 })),
  ).toEqual([
    {
      name: 'POST /v1/logs',
      kind: 2,
      isError: isFault[0],
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/logs',
        'http.response.status_code': http,
        ...shared,
        ...failed(isFault[0]),
      },
    },
    {
      name: LOGS,
      kind: 2,
      isError: isFault[1],
      attributes: {
        'rpc.system.name': 'grpc',
        'rpc.method': LOGS,
        'rpc.response.status_code': grpc,
        ...shared,
        ...failed(isFault[1]),
      },
    },
  ])
  for (const { traceId, parentSpanId, traceState } of spans)
    expect({ traceId, parentSpanId, traceState }).toEqual({
      traceId: TRACE_ID,
      parentSpanId: PARENT_ID,
      traceState: 'shop=1',
    })
})

test('inflating is a child of its request', async () => {
  answer = ok
  const spans = await spansOf(TRACED, gzipSync('abc'), true)
  for (const name of ['POST /v1/logs', LOGS]) {
    const request = spans.find((span) => span.name === name)!
    const inflate = spans.find((span) => span.parentSpanId === request.spanId)!
    expect(inflate).toMatchObject({ name: 'inflate gzip', kind: 1, traceId: TRACE_ID })
    expect(request.attributes['weir.request.bytes']).toBe(3)
  }
})

test('a body that can not be inflated fails its child', async () => {
  const spans = await spansOf(TRACED, Buffer.from('not gzip'), true)
  expect(spans.map(({ name, status }) => [name, status]).sort()).toEqual(
    [
      ['inflate gzip', 2],
      ['inflate gzip', 2],
      ['POST /v1/logs', 0],
      [LOGS, 0],
    ].sort(),
  )
})

test('a sender that leaves is a cancelled request', async () => {
  const from = receiver.spans.length
  const sender = new RawGrpc(receivers.grpcPort)
  sender.open({ headers: TRACED }).write(frame(Buffer.alloc(10)).subarray(0, 8))
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(1)
  sender.close()
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(0)
  await traces.flush(5000)
  expect(receiver.spans.slice(from)).toMatchObject([
    { name: LOGS, status: 2, attributes: { 'weir.outcome': 'cancelled', 'error.type': 'cancelled' } },
  ])
})

test('a request that finds no room has a span', async () => {
  const from = receiver.spans.length
  const held = raw.open()
  held.write(frame(Buffer.alloc(10)).subarray(0, 8))
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(1)
  await post(receivers.httpPort, new Uint8Array(3), TRACED)
  held.close(8)
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(0)
  await traces.flush(5000)
  expect(receiver.spans.slice(from)).toMatchObject([
    { name: 'POST /v1/logs', attributes: { 'weir.outcome': 'overloaded', 'http.response.status_code': 429 } },
  ])
})

test.each<[what: string, headers: Record<string, string>]>([
  ['whose sender did not sample', { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` }],
  ['without a parent, at a ratio of 0', {}],
  ['of a stranger, whatever it says', { ...TRACED, authorization: 'Bearer stranger' }],
])('no span of a request %s', async (_what, headers) => {
  answer = ok
  expect(await spansOf(headers, Buffer.from('abc'))).toEqual([])
})

test('a made-up mark of own exports hides nothing', async () => {
  answer = ok
  const spans = await spansOf({ ...TRACED, 'weir-own-export': 'f'.repeat(32) }, Buffer.from('abc'))
  expect(spans).toHaveLength(2)
})

test('no span of a request that carries own spans', async () => {
  answer = ok
  const [own] = receiver.exports[0]!.metadata.get('weir-own-export')
  const headers = { ...TRACED, 'weir-own-export': String(own) }
  expect(await spansOf(headers, Buffer.from('abc'))).toEqual([])
})

test('spans say which process they are of, and not what marks its exports', () => {
  const { resource } = receiver.spans[0]!
  expect(resource).toMatchObject({ 'service.name': 'weir', 'telemetry.sdk.language': 'nodejs' })
  const [own] = receiver.exports[0]!.metadata.get('weir-own-export')
  expect(own).toMatch(/^[0-9a-f]{32}$/)
  expect(JSON.stringify(receiver.spans)).not.toContain(String(own))
})
