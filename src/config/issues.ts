import type { z } from 'zod'
import { knownKeys, pathsNamed } from './json-schema.ts'
import { nearestName } from './nearest.ts'
import { type ConfigIssue, type ConfigPath, formatPath, valueAt } from './path.ts'

const SECRET_KEYS = new Set(['password', 'token', 'tokenSha256', 'ca', 'cert', 'key', 'keys', 'headers'])
/** Sections with a URL in which somebody may have written a password. */
const WITH_URL = new Set(['clickhouse', 'jwt', 'authCallback', 'telemetry'])
/** Maps of which a secret is the main thing: a slip writes it, or `user:password`, in their place. */
const SECRET_MAPS = new Set(['reader', 'tls'])
/** What may stand before an @ in a URL, or after a ?, can be a password, and a password can hold any character. */
const MAY_HOLD_CREDENTIALS = /[@?]/
const SHOWN_LENGTH_MAX = 80

/**
 * Zod's issues as sentences. `written` is the document before substitution: a message shows `${env:X}`, never
 * what stood in X.
 */
export function issuesOf(error: z.ZodError, written: unknown): ConfigIssue[] {
  return error.issues.flatMap((issue): ConfigIssue[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    return [{ path, message: wrongValue(path, valueAt(written, path), expectedBy(issue)) }]
  })
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'array'
        ? 'a list'
        : issue.expected === 'object' || issue.expected === 'record'
          ? 'a map'
          : issue.expected
    case 'too_small':
      return `at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`
    case 'too_big':
      return `at most ${issue.maximum} entries`
    default:
      return issue.message
  }
}

function wrongValue(path: ConfigPath, value: unknown, expected: string): string {
  if (value === undefined) return `missing; expected ${expected}`
  return `got ${shown(path, value)}, expected ${expected}`
}

/** A value as a message may show it: no secret, no structure, one short line. */
function shown(path: ConfigPath, value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a map'
  if (
    (mayBeSecret(path) || holdsCredentials(path, value)) &&
    !(typeof value === 'string' && /^\$\{(env|file):[^}]*\}$/.test(value) && !value.includes(':-'))
  )
    return 'a value that is not shown'
  const quoted = JSON.stringify(value)
  return quoted.length > SHOWN_LENGTH_MAX ? `${quoted.slice(0, SHOWN_LENGTH_MAX)}…"` : quoted
}

/** By key, and everything that stands where a credential is expected: a slip puts a token there. */
function mayBeSecret(path: ConfigPath): boolean {
  if (path[0] === 'credentials' && path.length <= 2) return true
  const last = path.at(-1)
  if (path.length === 1 && (last === 'jwt' || last === 'authCallback')) return true
  if (path[0] === 'clickhouse' && typeof last === 'string' && SECRET_MAPS.has(last)) return true
  return path.some((key) => typeof key === 'string' && SECRET_KEYS.has(key))
}

/** Where a URL stands, or is written in place of the whole section. */
function holdsCredentials(path: ConfigPath, value: unknown): boolean {
  return WITH_URL.has(String(path[0])) && typeof value === 'string' && MAY_HOLD_CREDENTIALS.test(value)
}

function unknownKey(path: ConfigPath, key: string): ConfigIssue {
  const full = [...path, key]
  const known = knownKeys(path)
  if (known.includes(key)) return { path: full, message: 'does not go together with the other keys here' }
  const near = nearestName(key, known)
  if (near !== undefined)
    return { path: full, message: `unknown key; did you mean ${formatPath([...path, near])}?` }
  const elsewhere = pathsNamed(key)
  if (elsewhere.length === 1)
    return { path: full, message: `unknown key here; it stands at ${formatPath(elsewhere[0]!)}` }
  return { path: full, message: `unknown key; known here: ${known.join(', ')}` }
}
