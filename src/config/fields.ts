import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Secret } from './secret.ts'

/**
 * The kinds of value a config leaf can have. Each accepts what YAML gives and what a substituted `${env:…}`
 * gives (always text), says in one phrase what it expects, and knows its JSON Schema for editors.
 */

export type ByteSize = number

/** Where a listener binds. Port 0 asks the system for a free one. */
export type ListenAddress = { readonly host: string; readonly port: number }

export type Parsed<T> = { readonly value: T } | undefined

export type LeafMeta = {
  readonly expected: string
  readonly jsonSchema: Readonly<Record<string, unknown>>
}

/** What a leaf expects and how editors check it: by schema instance, read by the error and JSON Schema writers. */
export const leafMeta = z.registry<LeafMeta>()

export const SUBSTITUTION = { type: 'string', pattern: '\\$\\{(env|file):' } as const

/** A kind of leaf of its own: see the others here. */
export function leaf<T>(meta: LeafMeta, parse: (value: unknown) => Parsed<T>) {
  const schema = z.unknown().transform((value, context): T => {
    const parsed = parse(value)
    if (parsed !== undefined) return parsed.value
    context.addIssue({ code: 'custom', message: meta.expected })
    return z.NEVER
  })
  leafMeta.add(schema.in, meta)
  return schema
}

/** Which schema checks a value that may be written in more than one form, or undefined if it has none of them. */
type Form<T> = { readonly schema: z.ZodType<T>; readonly input: unknown }

/** A key with a short form beside its map or list. Told apart first, so that errors name the keys of one form. */
export function forms<T>(expected: string, choose: (value: unknown) => Form<T> | undefined) {
  return z.unknown().transform((value, context): T => {
    const form = choose(value)
    if (form === undefined) {
      context.addIssue({ code: 'custom', message: expected })
      return z.NEVER
    }
    const parsed = form.schema.safeParse(form.input)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues)
      context.addIssue({ ...issue } as Parameters<typeof context.addIssue>[0])
    return z.NEVER
  })
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Range = { readonly min: number; readonly max: number }

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  return undefined
}

export function wholeNumber({ min, max }: Range) {
  const meta = {
    expected: `a whole number from ${min} to ${max}`,
    jsonSchema: { anyOf: [{ type: 'integer', minimum: min, maximum: max }, SUBSTITUTION] },
  }
  return leaf(meta, (value) => {
    const number = numberOf(value)
    return number !== undefined && Number.isInteger(number) && number >= min && number <= max
      ? { value: number }
      : undefined
  })
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
const BYTE_SIZE = /^(\d{1,15}(?:\.\d{1,6})?)\s*(B|KiB|MiB|GiB|TiB)?$/

/** Writes a size in the largest unit that divides it. */
export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'])
    if (bytes >= UNIT_BYTES[unit]! && bytes % UNIT_BYTES[unit]! === 0)
      return `${bytes / UNIT_BYTES[unit]!}${unit}`
  return `${bytes}`
}

export function byteSize({ min, max }: Range) {
  const meta = {
    expected: `a size from ${formatBytes(min)} to ${formatBytes(max)}, such as 64MiB (B, KiB, MiB, GiB, TiB) or a number of bytes`,
    jsonSchema: {
      anyOf: [
        { type: 'integer', minimum: min, maximum: max },
        { type: 'string', pattern: BYTE_SIZE.source },
        SUBSTITUTION,
      ],
    },
  }
  return leaf(meta, (value): Parsed<ByteSize> => {
    const match = typeof value === 'string' ? BYTE_SIZE.exec(value) : undefined
    const bytes = match ? Number(match[1]) * UNIT_BYTES[match[2] ?? 'B']! : numberOf(value)
    return bytes !== undefined && Number.isInteger(bytes) && bytes >= min && bytes <= max
      ? { value: bytes }
      : undefined
  })
}

export function flag() {
  const meta = { expected: 'true or false', jsonSchema: { anyOf: [{ type: 'boolean' }, SUBSTITUTION] } }
  return leaf(meta, (value): Parsed<boolean> => {
    if (value === true || value === 'true') return { value: true }
    return value === false || value === 'false' ? { value: false } : undefined
  })
}

export function oneOf<const Names extends ReadonlyArray<string>>(names: Names) {
  const meta = {
    expected: names.length === 1 ? names[0]! : `one of ${names.join(', ')}`,
    jsonSchema: { anyOf: [{ enum: names }, SUBSTITUTION] },
  }
  return leaf(meta, (value): Parsed<Names[number]> => {
    const name: Names[number] | undefined = names.find((candidate) => candidate === value)
    return name === undefined ? undefined : { value: name }
  })
}

type Text = {
  /** The phrase of the error: "expected …". */
  readonly expected: string
  readonly pattern?: RegExp
  readonly lengthMax?: number
}

/** Non-empty text. A number is refused, since YAML would have changed it (leading zeros, exponents). */
export function text({ expected, pattern, lengthMax = 1024 }: Text) {
  const meta = {
    expected,
    jsonSchema: {
      type: 'string',
      minLength: 1,
      ...(pattern ? { anyOf: [{ pattern: pattern.source }, SUBSTITUTION] } : {}),
    },
  }
  return leaf(meta, (value): Parsed<string> => {
    if (typeof value !== 'string' || value === '' || value.length > lengthMax) return undefined
    return pattern === undefined || pattern.test(value) ? { value } : undefined
  })
}

const LIST_MAX = 100

/** One of the words, or a list of texts. */
export function wordOrList<const Words extends ReadonlyArray<string>>(
  words: Words,
  { expected, lengthMax }: { readonly expected: string; readonly lengthMax: number },
) {
  const item = { type: 'string', minLength: 1, maxLength: lengthMax }
  const meta = {
    expected: `${words.join(', ')}, or a list of ${expected} (at most ${LIST_MAX})`,
    jsonSchema: {
      anyOf: [{ enum: words }, { type: 'array', items: item, maxItems: LIST_MAX }, SUBSTITUTION],
    },
  }
  const isItem = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= lengthMax
  return leaf(meta, (value): Parsed<Words[number] | ReadonlyArray<string>> => {
    const word: Words[number] | undefined = words.find((candidate) => candidate === value)
    if (word !== undefined) return { value: word }
    return Array.isArray(value) && value.length <= LIST_MAX && value.every(isItem) ? { value } : undefined
  })
}

const SECRET_LENGTH_MAX = 65_536

/** Text that is never printed. Empty is allowed: ClickHouse users may have no password. */
export function password() {
  const expected = 'text, such as ${' + 'env:PASSWORD}; in quotes if it is a number'
  return leaf(
    { expected, jsonSchema: { type: 'string' } },
    (value): Parsed<Secret> =>
      typeof value === 'string' && value.length <= SECRET_LENGTH_MAX
        ? { value: new Secret(value) }
        : undefined,
  )
}

const TOKEN_LENGTH_MIN = 16

/** A bearer token; only its SHA-256 (hex) outlives the load. */
export function tokenDigest() {
  const expected = `a token of at least ${TOKEN_LENGTH_MIN} printable ASCII characters without spaces, such as \${env:WEIR_TOKEN}`
  return leaf({ expected, jsonSchema: { type: 'string' } }, (value): Parsed<Secret> => {
    if (
      typeof value !== 'string' ||
      value.length < TOKEN_LENGTH_MIN ||
      value.length > 4096 ||
      !/^[!-~]+$/.test(value)
    )
      return undefined
    return { value: new Secret(createHash('sha256').update(value).digest('hex')) }
  })
}

/** The SHA-256 of a token, 64 hex digits. */
export function sha256Hex() {
  const expected = "a token's SHA-256 in 64 hex digits (printf %s TOKEN | sha256sum)"
  return leaf(
    { expected, jsonSchema: { type: 'string' } },
    (value): Parsed<Secret> =>
      typeof value === 'string' && /^[0-9a-fA-F]{64}$/.test(value)
        ? { value: new Secret(value.toLowerCase()) }
        : undefined,
  )
}

export function pem(what: string) {
  const expected = `${what} in PEM, such as \${file:/etc/weir/tls.pem}`
  return leaf(
    { expected, jsonSchema: { type: 'string' } },
    (value): Parsed<Secret> =>
      typeof value === 'string' && /^\s*-----BEGIN /.test(value) && value.length <= 1 << 20
        ? { value: new Secret(value) }
        : undefined,
  )
}

const LISTEN = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/

/** As it is written in the config and after `http://`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `host:port`, an IPv6 host in brackets, or `off`. */
export function listenAddress() {
  const meta = {
    expected: 'host:port such as 127.0.0.1:4317, 0.0.0.0:4317 or [::1]:4317 (port 0: any free port), or off',
    jsonSchema: {
      anyOf: [{ type: 'string', pattern: LISTEN.source }, { enum: ['off', false] }, SUBSTITUTION],
    },
  }
  return leaf(meta, (value): Parsed<ListenAddress | null> => {
    if (value === 'off' || value === false) return { value: null }
    const match = typeof value === 'string' ? LISTEN.exec(value) : null
    if (match === null || Number(match[2]) > 65_535) return undefined
    return { value: { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) } }
  })
}

/** `http(s)://host[:port]` without credentials in it, so that it can be logged. */
export function httpUrl(example = 'https://clickhouse:8443') {
  const expected = `a URL such as ${example}, without user and password in it (they have keys of their own)`
  return leaf({ expected, jsonSchema: { type: 'string' } }, (value): Parsed<string> => {
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
    return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
      ? { value: url.href.replace(/\/$/, '') }
      : undefined
  })
}

/** A browser origin: scheme, host and, if not the default, port. */
export function webOrigin() {
  const expected = 'an origin such as https://grafana.example.com (scheme, host, port; no path)'
  return leaf({ expected, jsonSchema: { type: 'string' } }, (value): Parsed<string> => {
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
    return url.origin === String(value).toLowerCase().replace(/\/$/, '') ? { value: url.origin } : undefined
  })
}

/** A part of the whole, from 0 to 1. */
export function ratio() {
  const meta = {
    expected: 'a number from 0 to 1',
    jsonSchema: { anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, SUBSTITUTION] },
  }
  return leaf(meta, (value): Parsed<number> => {
    const number = typeof value === 'string' && /^[01](\.\d{1,15})?$/.test(value) ? Number(value) : value
    return typeof number === 'number' && number >= 0 && number <= 1 ? { value: number } : undefined
  })
}
