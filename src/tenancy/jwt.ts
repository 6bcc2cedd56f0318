import { JOSEError, JWTClaimValidationFailed, JWTExpired } from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import type { JwtConfig, TenancyConfig } from '../config/access.ts'
import type { Authentication, AuthRefusal, CredentialKind, Surroundings } from './authentication.ts'
import { callerOfClaims } from './claims.ts'
import { KeysUnavailable, keySource } from './key-source.ts'

/**
 * Tokens signed by the configured issuer (RFC 7519, RFC 8725). What claims another issuer is not of this kind; what
 * claims this one is decided here. A token without `exp` is refused: it would be good for ever.
 */
export function jwtKind(
  config: JwtConfig,
  tenancy: Pick<TenancyConfig, 'mode'>,
  surroundings: Surroundings,
): CredentialKind {
  const { issuer, audience, algorithms, clockToleranceMs } = config
  const keyOf = keySource(config, surroundings)
  const rules = {
    issuer,
    audience,
    algorithms,
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: ['exp'],
  }
  return {
    async identify({ token }): Promise<Authentication | undefined> {
      if (!claimsIssuer(token, issuer)) return undefined
      try {
        const currentDate = new Date(surroundings.wallMs())
        const { payload } = await jwtVerify(token, keyOf, { ...rules, currentDate })
        return callerOfClaims(payload, config, tenancy.mode)
      } catch (error) {
        return { refused: refusalOf(error) }
      }
    },
  }
}

/** Only to tell whose token it is: nothing is verified yet. */
function claimsIssuer(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer
  } catch {
    return false
  }
}

/** Claims are looked at after the signature, so what is wrong with them is told to nobody but the token's holder. */
function refusalOf(error: unknown): AuthRefusal {
  if (error instanceof JWTExpired)
    return { status: 401, message: 'The token has expired: get a new one.', cause: withoutClaims(error) }
  if (error instanceof JWTClaimValidationFailed)
    return { status: 401, message: claimSentence(error), cause: withoutClaims(error) }
  if (error instanceof JOSEError)
    return { status: 401, message: 'The token is not known here.', cause: withoutClaims(error) }
  return {
    status: 503,
    message:
      'The token can not be checked now, since its issuer does not give its keys: try again in a few seconds.',
    cause: error instanceof KeysUnavailable ? error : new Error('checking a token failed', { cause: error }),
  }
}

function claimSentence({ claim, reason }: JWTClaimValidationFailed): string {
  if (claim === 'nbf' && reason === 'check_failed') return 'The token is not valid yet.'
  if (claim === 'aud') return 'The token is not meant for Weir: its audience is another (jwt.audience).'
  if (claim === 'exp') return 'The token has no time of expiry (exp), so it is not taken.'
  return 'The token is not known here.'
}

/** jose's errors carry the token's claims, which are somebody's own: the log gets what was wrong. */
function withoutClaims({ code, message }: JOSEError): Error {
  return new Error(`${code}: ${message}`)
}
