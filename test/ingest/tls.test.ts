import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { EXPORT_LOGS, PROTOBUF } from './support/clients.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/** Guarantees: both receivers speak TLS, and with `ca` only to senders whose certificate it signed. */

const pem = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const ca = pem('ca.pem')
const server = { cert: pem('server.pem'), key: pem('server.key') }
const client = { cert: pem('client.pem'), key: pem('client.key') }
const BODY = Buffer.alloc(100_000, 1)

let receivers: Receivers
afterEach(() => receivers.stop())

function overGrpc(withCertificate: boolean): Promise<Buffer> {
  const channel = withCertificate
    ? credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert))
    : credentials.createSsl(Buffer.from(ca))
  const grpc = new Client(`localhost:${receivers.grpcPort}`, channel)
  const same = (bytes: Buffer) => bytes
  return new Promise<Buffer>((resolve, reject) => {
    grpc.makeUnaryRequest(EXPORT_LOGS, same, same, BODY, new Metadata(), (error, value) =>
      error ? reject(error) : resolve(value!),
    )
  }).finally(() => grpc.close())
}

function overHttps(withCertificate: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      port: receivers.httpPort,
      host: '127.0.0.1',
      path: '/v1/logs',
      method: 'POST',
      ca,
      agent: false,
    }
    const headers = { 'content-type': PROTOBUF }
    const outgoing = request({ ...options, headers, ...(withCertificate ? client : {}) }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    outgoing.on('error', reject)
    outgoing.end(BODY)
  })
}

it('TLS', async () => {
  receivers = await startReceivers({ tls: server })
  expect((await overGrpc(false)).length).toBe(0)
  expect(await overHttps(false)).toBe(200)
  expect(receivers.requests.map(({ body }) => body.equals(BODY))).toEqual([true, true])
})

it('mTLS', async () => {
  receivers = await startReceivers({ tls: { ...server, ca } })
  expect((await overGrpc(true)).length).toBe(0)
  expect(await overHttps(true)).toBe(200)
  await expect(overGrpc(false)).rejects.toMatchObject({ code: 14 })
  await expect(overHttps(false)).rejects.toThrow()
  expect(receivers.requests.length).toBe(2)
})
