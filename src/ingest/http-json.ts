import type { Signal } from '../otlp/batch.ts'
import { MalformedJsonError } from '../otlp/json/json-path.ts'
import { TooManyValuesError } from '../otlp/json/parse-json.ts'
import { translateJson } from '../otlp/json/translate.ts'
import { Refusal } from '../otlp/refusal.ts'
import { EXPORT_LOGS_SERVICE_REQUEST } from '../otlp/scan/logs.ts'
import type { Message } from '../otlp/scan/message.ts'

/** One line per signal that is taken. */
const REQUESTS: ReadonlyMap<Signal, Message> = new Map([['logs', EXPORT_LOGS_SERVICE_REQUEST]])

/** The protobuf bytes of a JSON request. Throws {@link Refusal}: malformed, whose sentence names the path, or too_large. */
export function fromJson(signal: Signal, body: Buffer): Buffer {
  const type = REQUESTS.get(signal)
  if (type === undefined) throw new Error(`BUG: no request type for ${signal}`)
  // An empty body is an empty request, as in protobuf.
  if (body.length === 0) return body
  try {
    return translateJson(type, body)
  } catch (error) {
    if (error instanceof TooManyValuesError)
      throw new Refusal('too_large', error.message, 0, { cause: error })
    if (error instanceof MalformedJsonError)
      throw new Refusal('malformed', error.message, 0, { cause: error })
    throw error
  }
}
