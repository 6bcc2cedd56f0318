import type { TenancyConfig } from '../config/access.ts'
import type { Config } from '../config/schema.ts'
import type { Authentication, Authenticator, CredentialKind, Surroundings } from './authentication.ts'
import { callbackKind } from './callback.ts'
import { ANONYMOUS } from './caller.ts'
import type { Credentials } from './credentials.ts'
import { jwtKind } from './jwt.ts'
import { shownCredential } from './shown.ts'

export type AuthenticatorConfig = Pick<Config, 'jwt' | 'authCallback' | 'api'> & {
  readonly tenancy: Pick<TenancyConfig, 'mode'>
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
