import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type Body, frame, post, RawGrpc } from './support/clients.ts'
import { deferred, type Receivers, startReceivers } from './support/receivers.ts'

/** Guarantees: a stop answers what is in flight, takes nothing new, and ends by its deadline. */

const BODY = Buffer.alloc(1000)
let receivers: Receivers
let grpc: RawGrpc

afterEach(async () => {
  grpc.close()
  await receivers.stop()
})

async function startWithOpenRequests() {
  const gate = deferred<void>()
  const entered = deferred<void>()
  receivers = await startReceivers({
    handler: async () => {
      if (receivers.requests.length === 2) entered.resolve()
      await gate.promise
      return { rejected: 0, message: '' }
    },
  })
  grpc = new RawGrpc(receivers.grpcPort)
  const overGrpc = grpc.call({ bytes: frame(BODY) })
  const overHttp = post(receivers.httpPort, BODY as Body)
  overHttp.catch(() => {})
  await entered.promise
  return { gate, overGrpc, overHttp }
}

it('answers what is in flight and takes no new connection', async () => {
  const { gate, overGrpc, overHttp } = await startWithOpenRequests()
  const goaway = new Promise<void>((resolve) => grpc.session.on('goaway', () => resolve()))
  const stops = [receivers.grpc.stop(20_000), receivers.http.stop(20_000)]
  expect(receivers.grpc.stop(1)).toBe(stops[0])
  expect(receivers.http.stop(1)).toBe(stops[1])
  await goaway
  await expect(post(receivers.httpPort, BODY as Body)).rejects.toThrow()
  const late = new RawGrpc(receivers.grpcPort)
  await new Promise<void>((resolve) => late.session.on('close', () => resolve()))
  gate.resolve()
  expect([(await overGrpc).status, (await overHttp).status]).toEqual([0, 200])
  await Promise.all(stops)
  expect(receivers.requests.length).toBe(2)
})

it('tells a request that comes on an open connection to be sent again', async () => {
  const { gate } = await startWithOpenRequests()
  const socket = connect(receivers.httpPort, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  await new Promise<void>((resolve) => socket.write('POST /v1/logs HTTP/1.1\r\nHost: x\r\n', () => resolve()))
  // The receiver has read the first half once it has answered what another connection sent after it.
  expect((await post(receivers.httpPort, null, {}, '/v1development/profiles')).status).toBe(404)
  const stopped = receivers.http.stop(20_000)
  socket.write('Content-Type: application/x-protobuf\r\nContent-Length: 3\r\n\r\nabc')
  await closed
  expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1\r\n.*the gateway is stopping/is)
  gate.resolve()
  await stopped
  expect(receivers.requests.length).toBe(2)
})

it('cuts what is not answered by the deadline', async () => {
  const { gate, overGrpc, overHttp } = await startWithOpenRequests()
  await Promise.all([receivers.grpc.stop(100), receivers.http.stop(100)])
  expect((await overGrpc).status).toBeNaN()
  await expect(overHttp).rejects.toThrow()
  gate.resolve()
})

it('is safe before the start', async () => {
  receivers = await startReceivers()
  grpc = new RawGrpc(receivers.grpcPort)
  const { GrpcReceiver } = await import('../../src/ingest/grpc.ts')
  const { HttpReceiver } = await import('../../src/ingest/http.ts')
  const listen = { host: '127.0.0.1', port: 0 }
  await new GrpcReceiver({ intake: receivers.intake, listen }).stop(100)
  await new HttpReceiver({ intake: receivers.intake, listen }).stop(100)
})

it('an address that is taken is an error of start', async () => {
  receivers = await startReceivers()
  grpc = new RawGrpc(receivers.grpcPort)
  const { GrpcReceiver } = await import('../../src/ingest/grpc.ts')
  const { HttpReceiver } = await import('../../src/ingest/http.ts')
  const taken = (port: number) => ({ intake: receivers.intake, listen: { host: '127.0.0.1', port } })
  await expect(new GrpcReceiver(taken(receivers.grpcPort)).start()).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  await expect(new HttpReceiver(taken(receivers.httpPort)).start()).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})
