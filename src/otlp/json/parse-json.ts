import { MalformedJsonError } from './json-path.ts'
import { ExactNumber } from './scalars.ts'

/**
 * A number of so many digits may be more than a double holds; quoted ones, as stamps nearly always are, are no numbers.
 * What looks like one inside a longer string only costs time.
 */
const LONG_NUMBER = /[:,[\s]-?\d{16}/

/**
 * Objects, arrays and their members of one request. A value costs up to a hundred bytes of memory for two of the body;
 * telemetry has one in about 17 bytes, so 16 MiB of it pass.
 */
const VALUES_MAX = 1_000_000
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const COMMA = 0x2c

/** More values than are parsed: nothing of the request is taken. */
export class TooManyValuesError extends Error {
  constructor() {
    super(`The request holds more than ${VALUES_MAX} JSON values; send smaller batches, or protobuf`)
    this.name = 'TooManyValuesError'
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: false })

/**
 * Parses a body. Numbers that a double would change come as {@link ExactNumber}: 64-bit integers may be sent as JSON
 * numbers. Invalid UTF-8 becomes U+FFFD, as everywhere. Throws {@link MalformedJsonError}, {@link TooManyValuesError}.
 */
export function parseJson(body: Buffer): unknown {
  if (valuesAtMost(body) > VALUES_MAX) throw new TooManyValuesError()
  const text = decoder.decode(body)
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, keepExact) : JSON.parse(text)
  } catch (error) {
    // V8 quotes the text around the place, which is the sender's own.
    const detail = error instanceof SyntaxError ? error.message.slice(0, 200) : 'nested too deeply'
    throw new MalformedJsonError(`the body is no JSON: ${detail}`)
  }
}

/** Counts what could begin a value, also inside strings: a bound that costs no parse. */
function valuesAtMost(body: Buffer): number {
  let values = 1
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!
    if (byte === COMMA || byte === OPEN_BRACE || byte === OPEN_BRACKET) values++
  }
  return values
}

/** A reviver with source access (ECMAScript proposal-json-parse-with-source, in V8 since 11.4). */
function keepExact(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source === undefined || !/^-?\d+$/.test(source) ? value : new ExactNumber(source)
}
