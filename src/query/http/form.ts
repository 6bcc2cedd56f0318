import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors.ts'

export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** A query of the longest length, percent-encoded, fits; Loki's API sends nothing larger. */
const FORM_BYTES_MAX = 512 * 1024

function assertForm({ headers }: IncomingMessage): void {
  const [type = ''] = (headers['content-type'] ?? FORM_TYPE).split(';')
  if (type.trim().toLowerCase() !== FORM_TYPE || headers['content-encoding'] !== undefined)
    throw new ApiError(
      'bad_request',
      `The body of a POST is a form here: send ${FORM_TYPE}, without an encoding, or no body.`,
    )
}

/**
 * Reads the form in a request's body. Only called for who was let in: nobody else's bytes are held. Throws
 * {@link ApiError}, or the signal's reason when the client leaves meanwhile.
 */
export async function readForm(request: IncomingMessage, signal: AbortSignal): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Not destroyed when left: the answer that says why goes over the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    signal.throwIfAborted()
    if (bytes === 0) assertForm(request)
    bytes += (chunk as Buffer).length
    if (bytes > FORM_BYTES_MAX)
      throw new ApiError(
        'request_too_large',
        `The form in the body has more than ${FORM_BYTES_MAX} bytes: shorten the query.`,
      )
    chunks.push(chunk as Buffer)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
