import type { JWTVerifyGetKey } from 'jose'
import { JWKSNoMatchingKey } from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import type { JwtConfig } from '../config/access.ts'
import { isPublicKeySet } from '../config/key-set.ts'
import { ask } from './ask.ts'
import type { Surroundings } from './authentication.ts'

/** No key that fits is held, and the issuer can not be asked for it: nobody can say whether the token is good. */
export class KeysUnavailable extends Error {}

type KeyOf = (...asked: Parameters<JWTVerifyGetKey>) => ReturnType<ReturnType<typeof createLocalJWKSet>>
type KeySet = { readonly keyOf: KeyOf; readonly fetchedAtMs: number }

const KEYS_BYTES_MAX = 256 * 1024
/** For how long keys are trusted that the issuer could not be asked about: it may have withdrawn one. */
const STALE_MS_MAX = 24 * 3_600_000

/** The key of a token's header. Throws {@link KeysUnavailable}, or jose's errors for a token that has none here. */
export function keySource(config: JwtConfig, surroundings: Surroundings): KeyOf {
  if (config.jwksUrl === undefined) return createLocalJWKSet(JSON.parse(config.keys ?? ''))
  const remote = new RemoteKeys(config, config.jwksUrl, surroundings)
  return (header, token) => remote.keyOf(header, token)
}

/**
 * The keys behind a URL. They are fetched when there are none, when they are old, and when a token names one that is
 * not there (the issuer rotates), but never again within the cool-down, whether that fetch worked or not: tokens come
 * from anybody. Keys that can not be renewed stay in use for a day.
 */
class RemoteKeys {
  readonly #config: JwtConfig
  readonly #url: string
  readonly #surroundings: Surroundings
  #set: KeySet | undefined
  #fetching: Promise<void> | undefined
  #triedAtMs = Number.NEGATIVE_INFINITY
  /** Why the last fetch failed; undefined if it did not. */
  #failure: Error | undefined

  constructor(config: JwtConfig, url: string, surroundings: Surroundings) {
    this.#config = config
    this.#url = url
    this.#surroundings = surroundings
  }

  async keyOf(...[header, token]: Parameters<KeyOf>): ReturnType<KeyOf> {
    if (this.#ageMs() >= this.#config.keysAgeMaxMs) await this.#refresh()
    try {
      return await this.#usable()(header, token)
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey)) throw error
    }
    await this.#refresh()
    try {
      return await this.#usable()(header, token)
    } catch (error) {
      throw error instanceof JWKSNoMatchingKey && this.#failure ? this.#unavailable() : error
    }
  }

  #ageMs(): number {
    return this.#set === undefined
      ? Number.POSITIVE_INFINITY
      : this.#surroundings.steadyMs() - this.#set.fetchedAtMs
  }

  #usable(): KeyOf {
    if (this.#set === undefined || this.#ageMs() >= STALE_MS_MAX) throw this.#unavailable()
    return this.#set.keyOf
  }

  #unavailable(): KeysUnavailable {
    return new KeysUnavailable('the keys of jwt.jwksUrl are not to be had', { cause: this.#failure })
  }

  /** Fetches, together with everybody who wants it meanwhile; does nothing within the cool-down. Never rejects. */
  #refresh(): Promise<void> {
    if (this.#fetching) return this.#fetching
    const nowMs = this.#surroundings.steadyMs()
    if (nowMs - this.#triedAtMs < this.#config.keysCooldownMs) return Promise.resolve()
    this.#triedAtMs = nowMs
    this.#fetching = this.#fetch().then(
      (set) => {
        this.#set = set
        this.#failure = undefined
        this.#fetching = undefined
      },
      (error: Error) => {
        this.#failure = error
        this.#fetching = undefined
      },
    )
    return this.#fetching
  }

  async #fetch(): Promise<KeySet> {
    const { status, text } = await ask(this.#surroundings.fetch, {
      url: this.#url,
      method: 'GET',
      headers: { accept: 'application/json, application/jwk-set+json' },
      timeoutMs: this.#config.timeoutMs,
      bytesMax: KEYS_BYTES_MAX,
    })
    if (status !== 200) throw new Error(`GET ${this.#url} answered ${status}`)
    if (!isPublicKeySet(text)) throw new Error(`GET ${this.#url} answered no JWKS of public keys`)
    return { keyOf: createLocalJWKSet(JSON.parse(text)), fetchedAtMs: this.#surroundings.steadyMs() }
  }
}
