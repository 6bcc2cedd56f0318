import type { IncomingMessage } from 'node:http'
import { Refusal } from '../otlp/refusal.ts'
import { bodyTimeout, type Passage } from './intake.ts'

/**
 * Reads a request's body, asking `passage` for room before it is buffered: at once if Content-Length tells, else
 * as it comes. Throws {@link Refusal}; rejects with {@link SenderGone} if the connection ends first.
 */
export async function readBody(
  request: IncomingMessage,
  passage: Passage,
  timeoutMs: number,
): Promise<Buffer> {
  const contentLength = request.headers['content-length']
  if (contentLength !== undefined) passage.expect(Number(contentLength))
  if (request.destroyed) throw new SenderGone()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    const settle = () => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    }
    const fail = (error: unknown) => {
      settle()
      // What is still on its way is read and dropped, so that the sender gets to read the answer.
      request.on('error', () => {}).resume()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      received += chunk.length
      chunks.push(chunk)
      if (contentLength !== undefined) return
      try {
        passage.expect(received)
      } catch (error) {
        fail(error)
      }
    }
    const onEnd = () => {
      settle()
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, received))
    }
    const onGone = () => fail(new SenderGone())
    const timer = setTimeout(() => fail(bodyTimeout(timeoutMs)), timeoutMs)
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

/** The connection ended before the body did: nobody is left to be told. */
export class SenderGone extends Refusal {
  constructor() {
    super('malformed', 'the connection ended before the request did')
    this.name = 'SenderGone'
  }
}
