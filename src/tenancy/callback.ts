import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { AuthCallbackConfig } from '../config/access.ts'
import { isMap } from '../config/fields.ts'
import { ask, type Question } from './ask.ts'
import type { Authentication, CredentialKind, Surroundings } from './authentication.ts'
import type { Caller } from './caller.ts'
import { callerName, namedScopes, namedTenants } from './claims.ts'

/** Not cached: somebody else's next attempt may succeed. */
type Verdict = Caller | 'unknown'

const ANSWER_BYTES_MAX = 256 * 1024
/** Of all cached callers together. */
const TENANTS_HELD_MAX = 500_000
/** RFC 6265: what a cookie's value may hold. Anything else in a Cookie header could become a second cookie. */
const COOKIE_VALUE = /^[!#-+\--:<-[\]-~]+$/

/**
 * Credentials that the platform knows. It is asked once per credential at a time, its answers are believed for
 * `cacheMs` under the SHA-256 of the credential, and while it can not be asked nobody is refused for good: 503.
 */
export function callbackKind(config: AuthCallbackConfig, surroundings: Surroundings): CredentialKind {
  const cache = new VerdictCache(config, surroundings.steadyMs)
  const calls = new Map<string, Promise<Verdict>>()

  /** Joins the call of this credential that is under way, or begins one. */
  const call = (token: string, key: string): Promise<Verdict> => {
    const running = calls.get(key)
    if (running) return running
    const begun = callPlatform(config, surroundings, token)
      .then((verdict) => {
        cache.set(key, verdict)
        return verdict
      })
      .finally(() => calls.delete(key))
    calls.set(key, begun)
    return begun
  }

  return {
    async identify({ token }): Promise<Authentication | undefined> {
      const key = createHash('sha256').update(token).digest('base64')
      let verdict = cache.get(key)
      if (verdict === undefined) {
        if (calls.size >= config.concurrentMax && !calls.has(key)) return BUSY
        try {
          verdict = await call(token, key)
        } catch (error) {
          return unavailable(error as Error)
        }
      }
      return verdict === 'unknown' ? undefined : { caller: verdict }
    },
  }
}

const BUSY: Authentication = {
  refused: {
    status: 503,
    message: 'Too many credentials are being checked at the moment: try again in a few seconds.',
  },
}

function unavailable(cause: Error): Authentication {
  const message =
    'The credential can not be checked now, since the platform does not answer: try again in a few seconds.'
  return { refused: { status: 503, message, cause } }
}

/** Known and unknown ones apart, so that made-up tokens can't push the known ones out. */
class VerdictCache {
  readonly #config: AuthCallbackConfig
  readonly #known: LRUCache<string, Caller>
  readonly #unknown: LRUCache<string, 'unknown'>

  constructor(config: AuthCallbackConfig, steadyMs: () => number) {
    this.#config = config
    const options = { max: config.cacheEntriesMax, ttlResolution: 0, perf: { now: steadyMs } }
    this.#known = new LRUCache({
      ...options,
      ttl: config.cacheMs,
      maxSize: TENANTS_HELD_MAX,
      sizeCalculation: ({ tenants }) => (tenants === '*' ? 1 : 1 + tenants.size),
    })
    this.#unknown = new LRUCache({ ...options, ttl: config.refusedCacheMs })
  }

  get(key: string): Verdict | undefined {
    return this.#known.get(key) ?? this.#unknown.get(key)
  }

  set(key: string, verdict: Verdict): void {
    // A time to live of 0 means for ever to the cache; in the config it means not at all.
    if (verdict === 'unknown') {
      if (this.#config.refusedCacheMs > 0) this.#unknown.set(key, verdict)
    } else if (this.#config.cacheMs > 0) this.#known.set(key, verdict)
  }
}

/** Rejects if the platform gives no answer that can be used. */
async function callPlatform(
  config: AuthCallbackConfig,
  surroundings: Surroundings,
  token: string,
): Promise<Verdict> {
  const question = questionOf(config, token)
  if (question === undefined) return 'unknown'
  const { status, text } = await ask(surroundings.fetch, question)
  if (status === 401 || status === 403) return 'unknown'
  if (status !== 200) throw new Error(`${config.method} ${config.url} answered ${status}`)
  const caller = callerOf(text)
  if (caller === undefined)
    throw new Error(`${config.method} ${config.url} answered something else than {tenants, scopes, name}`)
  return caller
}

/** Undefined for a credential that can not stand in a cookie: the platform has never given it out as one. */
function questionOf(config: AuthCallbackConfig, token: string): Question | undefined {
  const { url, method, header, cookie, timeoutMs } = config
  const headers: Record<string, string> = { accept: 'application/json' }
  if (config.token !== undefined) headers.authorization = `Bearer ${config.token.reveal()}`
  if (cookie === undefined) {
    const name = header.toLowerCase()
    headers[name] = name === 'authorization' ? `Bearer ${token}` : token
  } else {
    if (!COOKIE_VALUE.test(token)) return undefined
    headers.cookie = `${cookie}=${token}`
  }
  return { url, method, headers, timeoutMs, bytesMax: ANSWER_BYTES_MAX }
}

/** `tenants`: a list of ids, or `"*"` for all of them. Without `scopes` the caller may read. */
function callerOf(text: string): Caller | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isMap(json)) return undefined
  const tenants = tenantsOf(json.tenants)
  if (tenants === undefined) return undefined
  return {
    ...callerName(json.name, 'platform'),
    tenants,
    scopes: json.scopes === undefined ? new Set(['read']) : namedScopes(json.scopes),
  }
}

/** An empty list is an answer: a user without any tenant. */
function tenantsOf(value: unknown): Caller['tenants'] | undefined {
  if (value === '*') return '*'
  if (!Array.isArray(value)) return undefined
  return value.length === 0 ? new Set() : namedTenants(value)
}
