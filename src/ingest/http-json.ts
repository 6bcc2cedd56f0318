import type { Signal } from '../otlp/batch.ts'
import { MalformedJsonError } from '../otlp/json/json-path.ts'
import { TooManyValuesError } from '../otlp/json/parse-json.ts'
import { translateJson } from '../otlp/json/translate.ts'
import { Refusal } from '../otlp/refusal.ts'
import { requestMessage } from '../otlp/scan/index.ts'

/** The protobuf bytes of a JSON request. Throws {@link Refusal}: malformed, whose sentence names the path, or too_large. */
export function fromJson(signal: Signal, body: Buffer): Buffer {
  // An empty body is an empty request, as in protobuf.
  if (body.length === 0) return body
  try {
    return translateJson(requestMessage(signal), body)
  } catch (error) {
    if (error instanceof TooManyValuesError)
      throw new Refusal('too_large', error.message, 0, { cause: error })
    if (error instanceof MalformedJsonError)
      throw new Refusal('malformed', error.message, 0, { cause: error })
    throw error
  }
}
