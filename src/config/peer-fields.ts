import { isMap, leaf, type Parsed, SUBSTITUTION } from './fields.ts'
import { Secret } from './secret.ts'

/** The kinds of value that name others: web pages that may call, and receivers that are called. */

const WILDCARD_ORIGIN = /^(https?:)\/\/\*(\.[a-z0-9.-]+(?::\d{1,5})?)$/

/** An origin, `https://*.example.com`, or `*`. */
export function corsOrigin() {
  const expected = 'an origin such as https://shop.example.com, https://*.example.com, or *'
  return leaf({ expected, jsonSchema: { type: 'string' } }, (value): Parsed<string> => {
    if (typeof value !== 'string') return undefined
    const written = value.toLowerCase().replace(/\/$/, '')
    if (written === '*') return { value: written }
    const match = WILDCARD_ORIGIN.exec(written)
    // The origin of any page that the pattern means, so that a port by default is left out as browsers do.
    const url = URL.parse(match ? `${match[1]}//any${match[2]}` : written)
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
    if (match) return { value: url.origin.replace('//any.', '//*.') }
    return url.origin === written && !written.includes('*') ? { value: written } : undefined
  })
}

/** Where own telemetry goes: the origin of an OTLP/gRPC receiver, `self`, or `off` (null). */
export function otlpEndpoint() {
  const expected =
    'the URL of an OTLP/gRPC receiver such as http://collector:4317 (scheme, host, port; no path, no user), self, or off'
  const jsonSchema = {
    anyOf: [{ type: 'string', pattern: '^https?://' }, { enum: ['self', 'off', false] }, SUBSTITUTION],
  }
  return leaf({ expected, jsonSchema }, (value): Parsed<string | null> => {
    if (value === 'off' || value === false) return { value: null }
    if (value === 'self') return { value }
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
    // gRPC would take 443 for a port that is missing, whatever the scheme.
    if (url.protocol === 'http:' && url.port === '') return undefined
    const isOrigin = url.pathname === '/' && url.search === '' && url.hash === ''
    return isOrigin && url.username === '' && url.password === '' ? { value: url.origin } : undefined
  })
}

const HEADER_NAME = /^[a-z0-9_.-]{1,256}$/i
/** gRPC keeps these to itself, or would take the value for base64. */
const HEADER_NOT_TAKEN = /^grpc-|-bin$/i
const HEADER_VALUE = /^[ -~]{0,4096}$/
const HEADERS_MAX = 32

/** Headers of requests that Weir itself sends; their values are secrets. */
export function secretHeaders() {
  const expected = 'a map of header names and their values, such as authorization: "Bearer ${' + 'env:TOKEN}"'
  const jsonSchema = { type: 'object', additionalProperties: { type: 'string' } }
  return leaf({ expected, jsonSchema }, (value): Parsed<Readonly<Record<string, Secret>>> => {
    if (!isMap(value)) return undefined
    const entries = Object.entries(value)
    const isGood = entries.every(
      ([name, text]) =>
        HEADER_NAME.test(name) &&
        !HEADER_NOT_TAKEN.test(name) &&
        typeof text === 'string' &&
        HEADER_VALUE.test(text),
    )
    if (!isGood || entries.length > HEADERS_MAX) return undefined
    return {
      value: Object.fromEntries(
        entries.map(([name, text]) => [name.toLowerCase(), new Secret(text as string)]),
      ),
    }
  })
}
