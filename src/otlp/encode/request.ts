import type { Signal } from '../batch.ts'
import { translateValue } from '../json/translate.ts'
import { requestMessage } from '../scan/index.ts'

const BYTES_AT_FIRST = 4096

/**
 * The protobuf bytes of an export request that is written out as an object in the shape of OTLP/JSON: for the few records that the
 * gateway makes itself, never for what it receives. 64-bit integers as decimal texts or as numbers below 2^53, ids in
 * hexadecimal, bytes in base64. Throws for a value of the wrong type, with its path.
 */
export function encodeRequest(signal: Signal, request: object): Buffer {
  return translateValue(requestMessage(signal), request, BYTES_AT_FIRST)
}
