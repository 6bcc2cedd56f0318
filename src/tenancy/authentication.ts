import type { Caller } from './caller.ts'
import type { RequestHeaders, Shown } from './shown.ts'

/** Why nobody is let in. `message` is for the caller and holds nothing of the credential; `cause` is for the log. */
export type AuthRefusal = {
  readonly status: 401 | 403 | 503
  readonly message: string
  readonly cause?: Error
}

export type Authentication =
  | { readonly caller: Caller; readonly refused?: never }
  | { readonly caller?: never; readonly refused: AuthRefusal }

/** Says who sends a request. Never rejects for what a request holds. */
export type Authenticator = {
  authenticate(headers: RequestHeaders): Promise<Authentication>
}

/** One kind of credential. Resolves with undefined for one that it does not know: the next kind is asked. */
export type CredentialKind = {
  identify(shown: Shown): Promise<Authentication | undefined>
}

/** What the kinds take from their surroundings. */
export type Surroundings = {
  /** Milliseconds since 1970, for what tokens say of themselves. */
  readonly wallMs: () => number
  /** Milliseconds that nobody sets back, for the age of what is cached. */
  readonly steadyMs: () => number
  readonly fetch: typeof fetch
}
