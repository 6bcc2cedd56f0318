import { gzipSync } from 'node:zlib'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { frame, RawGrpc } from './support/clients.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/** Guarantees: grpc.health.v1 as its .proto says, asked by the grpc-js client with protobufjs messages. */

const { root } = protobuf.parse(`
  syntax = "proto3";
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
`)
const Request = root.lookupType('HealthCheckRequest')
const Response = root.lookupType('HealthCheckResponse')
const serialize = (service: string) => Buffer.from(Request.encode({ service }).finish())
const deserialize = (bytes: Buffer) =>
  Response.toObject(Response.decode(bytes), { enums: String, defaults: true }).status as string

const LOGS_SERVICE = 'opentelemetry.proto.collector.logs.v1.LogsService'

let receivers: Receivers
let client: Client

beforeEach(async () => {
  receivers = await startReceivers({
    authenticate: () => {
      throw new Error('health asks for no credentials')
    },
  })
  client = new Client(`127.0.0.1:${receivers.grpcPort}`, credentials.createInsecure())
})

afterEach(async () => {
  client.close()
  await receivers.stop()
})

function check(service: string): Promise<string> {
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      serialize,
      deserialize,
      service,
      new Metadata(),
      (error, value) => (error ? reject(error) : resolve(value!)),
    ),
  )
}

function watch(service: string) {
  const call = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', serialize, deserialize, service)
  call.on('error', () => {})
  return call[Symbol.asyncIterator]() as AsyncIterator<string>
}

describe('Check', () => {
  it.each(['', LOGS_SERVICE])('tells the state of "%s"', async (service) => {
    expect(await check(service)).toBe('NOT_SERVING')
    receivers.grpc.setServing(true)
    expect(await check(service)).toBe('SERVING')
    receivers.grpc.setServing(false)
    expect(await check(service)).toBe('NOT_SERVING')
  })

  it('knows no other service', async () => {
    const error = (await check('weir.Unknown').catch((caught) => caught)) as ServiceError
    expect(error).toMatchObject({ code: status.NOT_FOUND, details: expect.stringMatching(/no service/) })
  })

  it.each([
    [
      'what is no request',
      { bytes: frame(Buffer.from('garbage')) },
      3,
      /not a grpc\.health\.v1\.HealthCheckRequest/,
    ],
    [
      'a large request, unsent',
      { bytes: frame(Buffer.alloc(1), false, 1_000_000), end: false },
      8,
      /larger than 4096/,
    ],
    [
      'a bomb',
      { bytes: frame(gzipSync(Buffer.alloc(1_000_000)), true), headers: { 'grpc-encoding': 'gzip' } },
      8,
      /larger than 4096/,
    ],
    ['half a request', { bytes: frame(serialize('x')).subarray(0, 6) }, 3, /cut short/],
  ])('refuses %s', async (_name, call, code, sentence) => {
    const raw = new RawGrpc(receivers.grpcPort)
    const told = await raw.call({ ...call, path: '/grpc.health.v1.Health/Check' })
    raw.close()
    expect(told).toMatchObject({ status: code, message: expect.stringMatching(sentence) })
  })
})

describe('Watch', () => {
  it('tells the state at once and each change, and ends as the receiver stops', async () => {
    const states = watch(LOGS_SERVICE)
    expect((await states.next()).value).toBe('NOT_SERVING')
    receivers.grpc.setServing(true)
    receivers.grpc.setServing(true)
    expect((await states.next()).value).toBe('SERVING')
    receivers.grpc.setServing(false)
    expect((await states.next()).value).toBe('NOT_SERVING')
    receivers.grpc.setServing(true)
    expect((await states.next()).value).toBe('SERVING')
    const stopped = receivers.stop()
    expect((await states.next()).value).toBe('NOT_SERVING')
    expect((await states.next()).done).toBe(true)
    await stopped
  })

  it('says of an unknown service that it is unknown, and stays', async () => {
    const states = watch('weir.Unknown')
    expect((await states.next()).value).toBe('SERVICE_UNKNOWN')
  })
})
