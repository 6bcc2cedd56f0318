import { createHash, timingSafeEqual } from 'node:crypto'
import type { CredentialConfig } from '../config/access.ts'
import { ANONYMOUS, type Caller } from './caller.ts'

/** Who sent a header, or a sentence for the caller; it says the same for every wrong token. */
export type TokenCheck =
  | { readonly caller: Caller; readonly refused?: never }
  | { readonly caller?: never; readonly refused: string }

const TOKEN_LENGTH_MAX = 4096
const BEARER = /^Bearer +([!-~]+) *$/i

type Entry = { readonly digest: Buffer; readonly caller: Caller }

/** The static tokens of the config. Holds only their SHA-256. */
export class Credentials {
  readonly #entries: ReadonlyArray<Entry>

  constructor(credentials: ReadonlyArray<CredentialConfig>) {
    this.#entries = credentials.map(({ name, tokenSha256, tenants, scopes }) => ({
      digest: Buffer.from(tokenSha256.reveal(), 'hex'),
      caller: { name, tenants: tenants === '*' ? '*' : new Set(tenants), scopes: new Set(scopes) },
    }))
  }

  /** False for a gateway that takes everybody. */
  get required(): boolean {
    return this.#entries.length > 0
  }

  /**
   * Who sent this `authorization` header (HTTP) or metadata (gRPC), where static tokens are all there is: on the way
   * in. The API asks an {@link import('./authenticator.ts').Authenticator}.
   */
  authenticate(authorization: string | undefined): TokenCheck {
    if (!this.required) return { caller: ANONYMOUS }
    if (authorization === undefined || authorization === '')
      return { refused: 'No credentials: send the header "Authorization: Bearer <token>".' }
    if (authorization.length > TOKEN_LENGTH_MAX + 16)
      return {
        refused: `The Authorization header is too long; a token may have ${TOKEN_LENGTH_MAX} characters.`,
      }
    const token = BEARER.exec(authorization)?.[1]
    if (token === undefined) return { refused: 'The Authorization header must read "Bearer <token>".' }
    const caller = this.find(token)
    return caller === undefined ? { refused: 'The token is not known here.' } : { caller }
  }

  /**
   * Whose token this is. Looks at every credential, each compared in constant time, so that the time tells nothing
   * about which one was near.
   */
  find(token: string): Caller | undefined {
    const digest = createHash('sha256').update(token).digest()
    let caller: Caller | undefined
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) caller = entry.caller
    return caller
  }
}
