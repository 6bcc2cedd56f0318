import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/otlp/refusal.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { type Body, EXPORT_LOGS, frame, post, RawGrpc, readStatus } from './support/clients.ts'
import { CALLER, type Receivers, startReceivers } from './support/receivers.ts'

/**
 * Guarantees: whatever a sender does wrong, it gets the status that makes it stop or try again, a sentence that
 * names what, where and the cure, RetryInfo or Retry-After exactly where it may send again; nothing reaches the
 * handler; no share of the limits stays taken. Senders are plain HTTP/2 and fetch; statuses are read by protobufjs.
 */

const BODY = encodeLogsRequest({
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello '.repeat(50) } }] }] }],
})
const LIMIT = 64 * 1024
const OVER = Buffer.alloc(LIMIT + 1)
const GRPC = { ok: 0, invalidArgument: 3, resourceExhausted: 8, unimplemented: 12, internal: 13 } as const

let receivers: Receivers
let grpc: RawGrpc

beforeAll(async () => {
  receivers = await startReceivers({
    limits: { requestBytesMax: LIMIT },
    authenticate: (headers) => {
      if (headers.authorization === 'Bearer wrong')
        throw new Refusal('unauthorized', 'the token is not known')
      return CALLER
    },
  })
  grpc = new RawGrpc(receivers.grpcPort)
})

afterAll(async () => {
  grpc.close()
  await receivers.stop()
})

function expectNothingHeld() {
  expect(receivers.intake.admission.requestsInFlight).toBe(0)
  expect(receivers.intake.admission.bytesInFlight).toBe(0)
}

type Case<Send> = readonly [name: string, send: Send, status: number, sentence: RegExp]

const gzip = { 'grpc-encoding': 'gzip' }
const truncatedGzip = gzipSync(BODY).subarray(0, 30)

const grpcCases: ReadonlyArray<Case<Parameters<RawGrpc['call']>[0]>> = [
  ['larger than the limit', { bytes: frame(OVER) }, 8, /larger than 65536 bytes \(ingest\.requestBytesMax\)/],
  [
    'larger by its prefix, body unsent',
    { bytes: frame(BODY, false, 2 ** 32 - 1), end: false },
    8,
    /requestBytesMax/,
  ],
  [
    'gzip over the limit',
    { bytes: frame(gzipSync(OVER), true), headers: gzip },
    8,
    /decompressed request is larger/,
  ],
  ['truncated gzip', { bytes: frame(truncatedGzip, true), headers: gzip }, 3, /gzip body is cut short/],
  ['not gzip', { bytes: frame(BODY, true), headers: gzip }, 3, /gzip body is not valid gzip/],
  [
    'gzip and more',
    { bytes: frame(Buffer.concat([gzipSync(BODY), BODY]), true), headers: gzip },
    3,
    /not valid gzip/,
  ],
  [
    'compressed by nothing',
    { bytes: frame(BODY, true) },
    3,
    /marked as compressed, but grpc-encoding names no/,
  ],
  [
    'unknown encoding',
    { bytes: frame(BODY, true), headers: { 'grpc-encoding': 'snappy' } },
    12,
    /"snappy" is not taken; send one of identity, gzip, deflate/,
  ],
  [
    'truncated message',
    { bytes: frame(BODY).subarray(0, 100) },
    3,
    new RegExp(`ended after 95 of the ${BODY.length} bytes`),
  ],
  ['truncated prefix', { bytes: Buffer.from([0, 0]) }, 3, /ended before its message began/],
  ['no message', { bytes: Buffer.alloc(0) }, 3, /ended before its message began/],
  ['two messages', { bytes: Buffer.concat([frame(BODY), frame(BODY)]) }, 3, /one message per call/],
  [
    'many small gzip bombs',
    { bytes: Buffer.concat(Array(50).fill(frame(gzipSync(OVER), true))), headers: gzip },
    3,
    /one message per call/,
  ],
  [
    'wrong token',
    { bytes: frame(BODY), headers: { authorization: 'Bearer wrong' } },
    16,
    /token is not known/,
  ],
  [
    'profiles',
    {
      bytes: frame(BODY),
      path: '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
    },
    12,
    /profiles are not taken/,
  ],
  [
    'unknown service',
    { bytes: frame(BODY), path: '/weir.Unknown/Do' },
    12,
    /does not implement the method \/weir\.Unknown\/Do/,
  ],
]

describe('gRPC', () => {
  it.each(grpcCases)('%s', async (_name, call, status, sentence) => {
    const before = receivers.requests.length
    const told = await grpc.call(call)
    expect(told).toMatchObject({ status, message: expect.stringMatching(sentence), retryDelayMs: undefined })
    expect(receivers.requests.length).toBe(before)
    expectNothingHeld()
  })

  it('refuses what is not gRPC', async () => {
    const told = await grpc.call({ bytes: BODY, headers: { 'content-type': 'application/json' } })
    expect(told.headers[':status']).toBe(415)
  })

  it('takes a good call afterwards on the same connection', async () => {
    expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({ status: GRPC.ok })
    expect(receivers.requests.at(-1)!.body).toEqual(BODY)
  })

  it.each(['gzip', 'deflate'])('takes %s', async (encoding) => {
    const compressed = encoding === 'gzip' ? gzipSync(BODY) : deflateSync(BODY)
    const headers = { 'grpc-encoding': encoding }
    expect(await grpc.call({ bytes: frame(compressed, true), headers })).toMatchObject({ status: GRPC.ok })
    expect(receivers.requests.at(-1)!.body).toEqual(BODY)
  })

  it('takes the empty message', async () => {
    expect(await grpc.call({ bytes: frame(Buffer.alloc(0)) })).toMatchObject({ status: GRPC.ok })
    expect(receivers.requests.at(-1)!.body.length).toBe(0)
  })
})

const zstd = { 'content-encoding': 'zstd' }
const httpGzip = { 'content-encoding': 'gzip' }

type Post = {
  readonly body: () => Body
  readonly headers?: Record<string, string>
  readonly path?: string
  readonly method?: string
}

function chunked(...chunks: Uint8Array[]): () => ReadableStream {
  return () => ReadableStream.from(chunks)
}
const bytes = (content: Buffer) => () => content as Body

const httpCases: ReadonlyArray<Case<Post>> = [
  [
    'larger than the limit',
    { body: bytes(OVER) },
    413,
    /larger than 65536 bytes \(ingest\.requestBytesMax\)/,
  ],
  ['larger, of unknown length', { body: chunked(OVER, OVER, OVER) }, 413, /requestBytesMax/],
  [
    'gzip over the limit',
    { body: bytes(gzipSync(OVER)), headers: httpGzip },
    413,
    /decompressed request is larger/,
  ],
  [
    'zstd over the limit',
    { body: bytes(zstdCompressSync(OVER)), headers: zstd },
    413,
    /decompressed request is larger/,
  ],
  ['truncated gzip', { body: bytes(truncatedGzip), headers: httpGzip }, 400, /gzip body is cut short/],
  [
    'truncated zstd',
    { body: bytes(zstdCompressSync(BODY).subarray(0, 15)), headers: zstd },
    400,
    /zstd body is cut short/,
  ],
  ['not gzip', { body: bytes(BODY), headers: httpGzip }, 400, /not valid gzip/],
  ['not zstd', { body: bytes(BODY), headers: zstd }, 400, /not valid zstd/],
  [
    'zstd and more',
    { body: bytes(Buffer.concat([zstdCompressSync(BODY), BODY])), headers: zstd },
    400,
    /not valid zstd/,
  ],
  [
    'unknown encoding',
    { body: bytes(BODY), headers: { 'content-encoding': 'br' } },
    415,
    /"br" is not taken; send one of identity, gzip, zstd, deflate/,
  ],
  [
    'malformed JSON',
    { body: () => '{"resourceLogs":[', headers: { 'content-type': 'application/json' } },
    400,
    /the body is no JSON/,
  ],
  [
    'text',
    { body: () => 'x', headers: { 'content-type': 'text/plain; charset=utf-8' } },
    415,
    /"text\/plain" is not taken; send application\/x-protobuf or application\/json/,
  ],
  [
    'a Content-Type that is none',
    { body: bytes(BODY), headers: { 'content-type': 'protobuf' } },
    415,
    /"protobuf" is not taken; send application\/x-protobuf/,
  ],
  [
    'a Content-Type that is none, where nothing is taken',
    { body: bytes(BODY), headers: { 'content-type': ';' }, path: '/v1development/profiles' },
    415,
    /send application\/x-protobuf/,
  ],
  ['a URL that is none', { body: bytes(BODY), path: '/v1/%ZZ' }, 400, /its URL or headers are malformed/],
  [
    'wrong token',
    { body: bytes(BODY), headers: { authorization: 'Bearer wrong' } },
    401,
    /token is not known/,
  ],
  ['profiles', { body: bytes(BODY), path: '/v1development/profiles' }, 404, /profiles are not taken/],
  [
    'unknown path',
    { body: bytes(BODY), path: '/v2/logs' },
    404,
    /OTLP goes to POST \/v1\/logs, \/v1\/traces, \/v1\/metrics/,
  ],
  ['GET', { body: () => null, method: 'GET' }, 405, /send POST/],
  ['GET with a query', { body: () => null, method: 'GET', path: '/v1/logs?a=b' }, 405, /send POST/],
]

describe('HTTP', () => {
  it.each(httpCases)('%s', async (_name, { body, headers, path, method }, status, sentence) => {
    const before = receivers.requests.length
    const told = await post(receivers.httpPort, body(), headers, path, method)
    expect(told).toMatchObject({ status, message: expect.stringMatching(sentence), retryDelayMs: undefined })
    expect(told.headers).not.toHaveProperty('retry-after')
    expect(receivers.requests.length).toBe(before)
    // What a sender does wrong is no defect: it must not be able to fill the log.
    expect(receivers.logged).toEqual([])
    expectNothingHeld()
  })

  const twoFrames = Buffer.concat([
    zstdCompressSync(BODY.subarray(0, 50)),
    zstdCompressSync(BODY.subarray(50)),
  ])
  it.each([
    ['identity', bytes(BODY), {}],
    ['an explicit identity', bytes(BODY), { 'content-encoding': 'identity' }],
    ['gzip', bytes(gzipSync(BODY)), httpGzip],
    ['zstd', bytes(zstdCompressSync(BODY)), zstd],
    ['zstd in two frames', bytes(twoFrames), zstd],
    ['deflate', bytes(deflateSync(BODY)), { 'content-encoding': 'deflate' }],
    ['chunks', chunked(BODY.subarray(0, 10), BODY.subarray(10)), {}],
    ['a content type with parameters', bytes(BODY), { 'content-type': 'Application/X-Protobuf; a=b' }],
  ] as const)('takes %s', async (_name, body, headers) => {
    const told = await post(receivers.httpPort, body(), headers as Record<string, string>)
    expect(told).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-protobuf' } })
    expect(receivers.requests.at(-1)!.body).toEqual(BODY)
    expectNothingHeld()
  })

  it('takes the empty body, as the empty message', async () => {
    expect(await post(receivers.httpPort, null)).toMatchObject({ status: 200 })
    expect(receivers.requests.at(-1)!.body.length).toBe(0)
  })
})

describe('a sender in the middle of 20 MiB still gets to read why', () => {
  const huge = Buffer.alloc(20 * 1024 * 1024)

  it('over gRPC, by the grpc-js client', async () => {
    const client = new Client(`127.0.0.1:${receivers.grpcPort}`, credentials.createInsecure())
    const same = (message: Buffer) => message
    const error = await new Promise<ServiceError | null>((resolve) =>
      client.makeUnaryRequest(EXPORT_LOGS, same, same, huge, new Metadata(), (failure) => resolve(failure)),
    )
    client.close()
    expect(error).toMatchObject({ code: 8, details: expect.stringMatching(/ingest\.requestBytesMax/) })
    const [details] = error!.metadata.get('grpc-status-details-bin')
    expect(readStatus(details as Buffer)).toMatchObject({ code: 8, retryDelayMs: undefined })
  })

  it('over HTTP, by fetch', async () => {
    expect(await post(receivers.httpPort, huge as Body)).toMatchObject({ status: 413 })
    expect(await post(receivers.httpPort, huge as Body, { authorization: 'Bearer wrong' })).toMatchObject({
      status: 401,
    })
  })
})
