import { MalformedJsonError } from './json-path.ts'
import { ExactNumber } from './scalars.ts'

/**
 * A number of so many digits may be more than a double holds; quoted ones, as stamps nearly always are, are no numbers.
 * What looks like one inside a longer string only costs time.
 */
const LONG_NUMBER = /[:,[\s]-?\d{16}/

const decoder = new TextDecoder('utf-8', { ignoreBOM: false })

/**
 * Parses a body. Numbers that a double would change come as {@link ExactNumber}: 64-bit integers may be sent as JSON
 * numbers. Invalid UTF-8 becomes U+FFFD, as everywhere.
 */
export function parseJson(body: Buffer): unknown {
  const text = decoder.decode(body)
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, keepExact) : JSON.parse(text)
  } catch (error) {
    // V8 quotes the text around the place, which is the sender's own.
    const detail = error instanceof SyntaxError ? error.message.slice(0, 200) : 'nested too deeply'
    throw new MalformedJsonError(`the body is no JSON: ${detail}`)
  }
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
