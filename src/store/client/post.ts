import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { DatabaseError } from '../database.ts'
import { createAgent } from './agent.ts'
import type { Endpoint } from './endpoint.ts'
import { answeredError } from './failure.ts'

/** More of an answer than this is not an insert's: a proxy's page, cut off. */
const ANSWER_BYTES_MAX = 64 * 1024

type PostLimits = { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }

export type Poster = {
  /** Resolves when ClickHouse said yes, in full. Rejects with {@link DatabaseError} only. */
  post(
    query: URLSearchParams,
    body: Readable | Uint8Array,
    byteLength: number,
    limits: PostLimits,
  ): Promise<void>
  close(): void
}

/**
 * Inserts over a plain POST. The client library sends streams in chunks without a length; here the length is exact
 * (a body cut short can't be taken for a whole one), and ClickHouse's error code is read from its header: in the text
 * a proxy's page could quote one.
 */
export function createPoster(endpoint: Endpoint, socketsMax: number): Poster {
  const url = new URL(endpoint.url)
  const agent = createAgent(endpoint, socketsMax)
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest
  const credentials = Buffer.from(`${endpoint.username}:${endpoint.password}`).toString('base64')
  return {
    post(query, body, byteLength, limits) {
      const target = new URL(url)
      target.search = query.toString()
      const headers = {
        Authorization: `Basic ${credentials}`,
        'Content-Type': 'application/octet-stream',
        'Content-Length': byteLength,
      }
      return send(open(target, { method: 'POST', agent, headers }), body, limits)
    },
    close: () => agent.destroy(),
  }
}

/** Sends `body` and reads the answer. Whatever happens before its end leaves the outcome unknown. */
function send(request: ClientRequest, body: Readable | Uint8Array, limits: PostLimits): Promise<void> {
  const { timeoutMs, signal } = limits
  return new Promise<void>((resolve, reject) => {
    let answering = false
    const giveUp = (why: string): void => {
      lost(why)
      request.destroy()
    }
    const timer = setTimeout(() => giveUp(`none after ${timeoutMs} ms`), timeoutMs)
    const onAbort = (): void => giveUp('given up')
    signal?.addEventListener('abort', onAbort, { once: true })
    // A promise settles once: what comes later is without effect.
    const settle = (error?: DatabaseError): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const lost = (why: string, cause?: unknown): void => {
      settle(new DatabaseError('unknown', 0, `insert: no complete answer: ${why}`, { cause }))
    }
    request.on('response', (response) => {
      answering = true
      readAnswer(response).then(settle, (error) => lost(messageOf(error), error))
    })
    request.on('error', (error) => lost(messageOf(error), error))
    request.on('close', () => {
      // It comes before the answer has been read to its end; a cut of that is seen there.
      if (!answering) lost('the connection closed')
    })
    if (signal?.aborted) giveUp('given up before it was sent')
    if (body instanceof Uint8Array) {
      request.end(body)
      return
    }
    pipeline(body, request, (error) => {
      // The source failed, or the socket did; of that the request's own events tell, and of an answer before it.
      if (error != null && body.errored !== null) lost(messageOf(body.errored), body.errored)
    })
  })
}

/** Undefined if it is a yes. Throws if the answer is cut short. */
async function readAnswer(response: IncomingMessage): Promise<DatabaseError | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const code = Number(response.headers['x-clickhouse-exception-code'] ?? 0)
  if (code > 0) return answeredError(code, 'insert', `insert: ${text}`)
  if (response.statusCode === 200 && bytes === 0) return undefined
  // A proxy's answer, or an exception written after the status had gone out.
  return new DatabaseError('unknown', 0, `insert: status ${response.statusCode}: ${text}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
