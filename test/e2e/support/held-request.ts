import { type IncomingMessage, request } from 'node:http'
import { frame, PROTOBUF, type RawGrpc } from '../../ingest/support/clients.ts'
import { portOf, type Transport, type Verdict, verdictOf } from './senders.ts'

/** A request of which only the first half was sent. */
export type HeldRequest = {
  /** Sends the rest; resolves with the answer. */
  finish(): Promise<Verdict>
  /** Breaks the connection (HTTP) or the stream (gRPC) off. */
  breakOff(): void
}

/** Sends half of a request over either transport and leaves its sender hanging. */
export function holdRequest(
  transport: Transport,
  to: { readonly http: string; readonly raw: RawGrpc },
  body: Uint8Array,
): HeldRequest {
  return transport === 'http' ? holdHttp(portOf(to.http), body) : holdGrpc(to.raw, frame(body))
}

function holdHttp(port: number, body: Uint8Array): HeldRequest {
  const half = body.length >> 1
  const headers = { 'content-type': PROTOBUF, 'content-length': body.length }
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path: '/v1/logs',
    method: 'POST',
    headers,
    agent: false,
  })
  const answer = new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.on('response', resolve).on('error', reject),
  )
  answer.catch(() => undefined)
  outgoing.write(body.subarray(0, half))
  return {
    async finish() {
      outgoing.end(body.subarray(half))
      const response = await answer
      const bytes = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>))
      const { statusCode: status = 0, headers } = response
      return verdictOf({ status, message: '', retryDelayMs: undefined, headers, body: bytes }, status === 200)
    },
    breakOff: () => outgoing.destroy(),
  }
}

function holdGrpc(raw: RawGrpc, bytes: Buffer): HeldRequest {
  const half = bytes.length >> 1
  const stream = raw.open()
  const answer = raw.answer(stream)
  stream.write(bytes.subarray(0, half))
  return {
    async finish() {
      stream.end(bytes.subarray(half))
      const told = await answer
      return verdictOf(told, told.status === 0)
    },
    breakOff: () => stream.close(),
  }
}
