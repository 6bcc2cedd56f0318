import { isMap } from './fields.ts'

/** Members that only private keys have (RFC 7518 section 6, RFC 8037 section 2): the secret scalar, and RSA's primes. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const PUBLIC_TYPES = new Set(['RSA', 'EC', 'OKP'])
const KEYS_MAX = 100

/**
 * Whether `text` is a JSON Web Key Set with public keys only. A private key in it is refused: it would lie around
 * where only public ones are expected.
 */
export function isPublicKeySet(text: string): boolean {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch {
    return false
  }
  if (!isMap(set) || !Array.isArray(set.keys)) return false
  return set.keys.length > 0 && set.keys.length <= KEYS_MAX && set.keys.every(isPublicKey)
}

function isPublicKey(key: unknown): boolean {
  return (
    isMap(key) &&
    typeof key.kty === 'string' &&
    PUBLIC_TYPES.has(key.kty) &&
    PRIVATE.every((member) => !Object.hasOwn(key, member))
  )
}
