import type { TenancyConfig } from '../config/access.ts'
import type { Config } from '../config/schema.ts'
import { callbackKind } from './callback.ts'
import { ANONYMOUS, type Caller } from './caller.ts'
import type { Credentials } from './credentials.ts'
import { jwtKind } from './jwt.ts'
import { type RequestHeaders, type Shown, shownCredential } from './shown.ts'

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

export type AuthenticatorConfig = Pick<Config, 'jwt' | 'authCallback' | 'api'> & {
  readonly tenancy: Pick<TenancyConfig, 'mode'>
}

/** What the kinds take from their surroundings. */
export type Surroundings = {
  /** Milliseconds since 1970, for what tokens say of themselves. */
  readonly wallMs: () => number
  /** Milliseconds that nobody sets back, for the age of what is cached. */
  readonly steadyMs: () => number
  readonly fetch: typeof fetch
}

const REAL: Surroundings = { wallMs: Date.now, steadyMs: () => performance.now(), fetch }

/**
 * Static tokens, then `jwt`, then `authCallback`: the first that knows the credential decides. Where none of them is
 * configured everybody is anonymous.
 */
export function createAuthenticator(
  config: AuthenticatorConfig,
  credentials: Credentials,
  surroundings: Surroundings = REAL,
): Authenticator {
  const kinds: CredentialKind[] = []
  if (credentials.required) kinds.push(staticKind(credentials))
  if (config.jwt) kinds.push(jwtKind(config.jwt, config.tenancy, surroundings))
  if (config.authCallback) kinds.push(callbackKind(config.authCallback, surroundings))
  if (kinds.length === 0) return { authenticate: async () => ({ caller: ANONYMOUS }) }

  return {
    async authenticate(headers) {
      const shown = shownCredential(headers, config.api.credentialCookie)
      if (shown.token === undefined) return { refused: { status: 401, message: shown.missing } }
      for (const kind of kinds) {
        const answer = await kind.identify(shown)
        if (answer !== undefined) return answer
      }
      return UNKNOWN
    },
  }
}

const UNKNOWN: Authentication = { refused: { status: 401, message: 'The token is not known here.' } }

/** A cookie is none of them: they are made for programs. */
function staticKind(credentials: Credentials): CredentialKind {
  return {
    async identify({ token, from }) {
      const caller = from === 'authorization' ? credentials.find(token) : undefined
      return caller && { caller }
    },
  }
}
