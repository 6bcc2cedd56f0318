import { constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/otlp/refusal.ts'
import { type Body, frame, post, RawGrpc } from './support/clients.ts'
import { deferred, type Receivers, type Setup, startReceivers } from './support/receivers.ts'

/**
 * Guarantees: limits hold over both transports together and before bodies are buffered; whatever becomes of a
 * sender, its share is given back exactly once and its request is counted exactly once; the handler's requests go
 * on without their sender.
 */

let receivers: Receivers
let grpc: RawGrpc
const sockets: Socket[] = []

async function start(setup: Setup): Promise<void> {
  receivers = await startReceivers(setup)
  grpc = new RawGrpc(receivers.grpcPort)
}

afterEach(async () => {
  grpc.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  await receivers.stop()
})

/** Resolves once `condition` holds; the test's timeout is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const BODY = Buffer.alloc(1000)
const held = () => [receivers.intake.admission.requestsInFlight, receivers.intake.admission.bytesInFlight]
const outcomes = () => receivers.ended.map(({ transport, outcome }) => `${transport} ${outcome}`)

/** HTTP/1.1 by hand: sends `text`, then nothing more until told to. */
async function rawHttp(text: string): Promise<Socket & { answer(): Promise<string> }> {
  const socket = connect(receivers.httpPort, '127.0.0.1') as Socket & { answer(): Promise<string> }
  sockets.push(socket)
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', () => {})
  socket.answer = async () => {
    await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.on('close', () => resolve())))
    return received
  }
  socket.write(text)
  return socket
}
const head = (length: number) =>
  `POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${length}\r\n\r\n`

describe('overload', () => {
  it('by requests: the one over the limit is told to come back, over either transport', async () => {
    const gate = deferred<void>()
    await start({
      limits: { inFlightRequestsMax: 2 },
      handler: async () => {
        await gate.promise
        return { rejected: 0, message: '' }
      },
    })
    const [overGrpc, overHttp] = [grpc.call({ bytes: frame(BODY) }), post(receivers.httpPort, BODY as Body)]
    await until(() => receivers.requests.length === 2)
    expect(held()).toEqual([2, 2000])
    const sentence = expect.stringMatching(/2 requests are in flight \(ingest\.inFlightRequestsMax\)/)
    expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({
      status: 8,
      message: sentence,
      retryDelayMs: 3000,
    })
    expect(await post(receivers.httpPort, BODY as Body)).toMatchObject({
      status: 429,
      message: sentence,
      retryDelayMs: 3000,
      headers: { 'retry-after': '3' },
    })
    gate.resolve()
    expect([(await overGrpc).status, (await overHttp).status]).toEqual([0, 200])
    expect(held()).toEqual([0, 0])
    expect(outcomes().sort()).toEqual(['grpc ok', 'grpc overloaded', 'http ok', 'http overloaded'])
  })

  it('by bytes: refused as soon as their number is known, before they are sent', async () => {
    await start({ limits: { inFlightBytesMax: 100_000, requestBytesMax: 90_000 } })
    const slow = await rawHttp(`${head(80_000)}abc`)
    await until(() => held()[1] === 80_000)
    const told = await grpc.call({ bytes: frame(BODY, false, 50_000), end: false })
    expect(told).toMatchObject({
      status: 8,
      retryDelayMs: 3000,
      message: expect.stringMatching(/inFlightBytesMax/),
    })
    expect(await post(receivers.httpPort, Buffer.alloc(50_000) as Body)).toMatchObject({ status: 429 })
    expect(await post(receivers.httpPort, Buffer.alloc(15_000) as Body)).toMatchObject({ status: 200 })
    slow.destroy()
    await until(() => held()[0] === 0)
    expect(await post(receivers.httpPort, Buffer.alloc(50_000) as Body)).toMatchObject({ status: 200 })
  })

  it('by bytes: what a body inflates to counts', async () => {
    const gate = deferred<void>()
    await start({
      limits: { inFlightBytesMax: 100_000, requestBytesMax: 90_000 },
      handler: async () => {
        await gate.promise
        return { rejected: 0, message: '' }
      },
    })
    const small = gzipSync(Buffer.alloc(60_000))
    const send = () => grpc.call({ bytes: frame(small, true), headers: { 'grpc-encoding': 'gzip' } })
    const first = send()
    await until(() => held()[1] === 60_000)
    expect(await send()).toMatchObject({ status: 8, retryDelayMs: 3000 })
    gate.resolve()
    expect(await first).toMatchObject({ status: 0 })
    expect(held()).toEqual([0, 0])
  })

  it('by pressure', async () => {
    await start({ pressure: () => 'the gateway is short of memory; send again later' })
    expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({ status: 8, retryDelayMs: 3000 })
    expect(await post(receivers.httpPort, BODY as Body)).toMatchObject({ status: 429 })
  })

  it('nothing of a sender without credentials is read', async () => {
    await start({
      authenticate: () => {
        throw new Refusal('unauthorized', 'who are you?')
      },
    })
    const told = await grpc.call({ bytes: frame(BODY, false, 900_000), end: false })
    expect(told).toMatchObject({ status: 16, message: 'who are you?' })
    expect(outcomes()).toEqual(['grpc unauthorized'])
    expect(held()).toEqual([0, 0])
  })
})

describe('slow senders', () => {
  it('are told to send again after bodyTimeoutMs, over gRPC', async () => {
    await start({ limits: { bodyTimeoutMs: 150 } })
    const told = await grpc.call({ bytes: frame(BODY).subarray(0, 500), end: false })
    expect(told).toMatchObject({
      status: 14,
      retryDelayMs: 1000,
      message: expect.stringMatching(/within 150 ms/),
    })
    expect(held()).toEqual([0, 0])
    expect(outcomes()).toEqual(['grpc unavailable'])
  })

  it('are told to send again after bodyTimeoutMs, over HTTP', async () => {
    await start({ limits: { bodyTimeoutMs: 150 } })
    const answer = await (await rawHttp(`${head(1000)}abc`)).answer()
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1\r\n/is)
    expect(answer).toMatch(/within 150 ms/)
    expect(held()).toEqual([0, 0])
    expect(outcomes()).toEqual(['http unavailable'])
  })

  it('who begin and never speak again hold no request back', async () => {
    await start({ limits: { bodyTimeoutMs: 150 } })
    const silent = grpc.open()
    const told = await grpc.answer(silent)
    expect(told).toMatchObject({ status: 14 })
    expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({ status: 0 })
  })
})

describe('senders that go away', () => {
  it('while they send: nothing is handled', async () => {
    await start({})
    const stream = grpc.open()
    stream.on('error', () => {})
    stream.write(frame(BODY).subarray(0, 500))
    const socket = await rawHttp(`${head(1000)}abc`)
    await until(() => held()[1] === 2000)
    grpc.close()
    socket.destroy()
    await until(() => held()[0] === 0)
    expect(held()).toEqual([0, 0])
    expect(outcomes().sort()).toEqual(['grpc cancelled', 'http cancelled'])
    expect(receivers.requests).toEqual([])
  })

  it('while their request is handled: it keeps its share until it is settled', async () => {
    const gate = deferred<void>()
    await start({
      handler: async () => {
        await gate.promise
        return { rejected: 0, message: '' }
      },
    })
    const stream = grpc.open()
    stream.on('error', () => {})
    stream.end(frame(BODY))
    const socket = await rawHttp(head(1000) + BODY.toString('latin1'))
    await until(() => receivers.requests.length === 2)
    stream.close(constants.NGHTTP2_CANCEL)
    socket.destroy()
    await new Promise<void>((resolve) => stream.on('close', () => resolve()))
    expect(await grpc.call({ bytes: Buffer.alloc(1) })).toMatchObject({ status: 3 })
    expect(held()).toEqual([2, 2000])
    gate.resolve()
    await until(() => held()[0] === 0)
    expect(held()).toEqual([0, 0])
    expect(outcomes().sort()).toEqual(['grpc malformed', 'grpc ok', 'http ok'])
  })

  it('by their deadline: grpc-timeout is kept', async () => {
    const gate = deferred<void>()
    await start({
      handler: async () => {
        await gate.promise
        return { rejected: 0, message: '' }
      },
    })
    const told = await grpc.call({ bytes: frame(BODY), headers: { 'grpc-timeout': '100m' } })
    expect(told.status).toBe(4)
    expect(held()).toEqual([1, 1000])
    gate.resolve()
    await until(() => held()[0] === 0)
  })
})

it('connections beyond the limit are closed as they come', async () => {
  await start({ connectionsMax: 1 })
  expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({ status: 0 })
  const second = new RawGrpc(receivers.grpcPort)
  await new Promise<void>((resolve) => second.session.on('close', () => resolve()))
  expect(await grpc.call({ bytes: frame(BODY) })).toMatchObject({ status: 0 })
})
