import type { ErrorForm } from '../http/error-form.ts'
import { JSON_TYPE } from '../http/media-type.ts'
import { envelope } from './response/envelope.ts'

/** Jaeger's: an answer without data, and the error with its status as code. */
export const jaegerErrors: ErrorForm = (error, requestId) => {
  const { status: code, message } = error
  const msg = code >= 500 ? `${message} (request id ${requestId})` : message
  const { head, tail } = envelope(0, [{ code, msg }])
  return { contentType: JSON_TYPE, body: `${head}null${tail}` }
}
