import {
  isTenantId,
  type JwtConfig,
  SCOPES,
  type Scope,
  TENANT_RULE,
  type TenancyConfig,
} from '../config/access.ts'
import { isMap } from '../config/fields.ts'
import type { Authentication } from './authentication.ts'
import type { Caller } from './caller.ts'

/** The claim of this very name (some are URLs), else the one that its dots lead to. */
function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (!isMap(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/**
 * The tenants that a platform or token names, one or a list; numbers are ids too. Undefined if there is none, or if
 * one of them is no tenant: what else could it have meant?
 */
export function namedTenants(value: unknown): ReadonlySet<string> | undefined {
  const tenants = new Set<string>()
  for (const item of Array.isArray(value) ? value : [value]) {
    const tenant = Number.isSafeInteger(item) ? String(item) : item
    if (typeof tenant !== 'string' || !isTenantId(tenant)) return undefined
    tenants.add(tenant)
  }
  return tenants.size === 0 ? undefined : tenants
}

/** Of a list, or of text with spaces (RFC 8693 section 4.2), the words that are scopes of Weir's. */
export function namedScopes(value: unknown): ReadonlySet<Scope> {
  const words: ReadonlyArray<unknown> =
    typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : []
  return new Set(SCOPES.filter((scope) => words.includes(scope)))
}

const NAME_LENGTH_MAX = 64
const SUBJECT_LENGTH_MAX = 1024

/** A name from outside as logs and sentences may show it, and what it is exactly. */
export function callerName(value: unknown, fallback: string): Pick<Caller, 'name' | 'subject'> {
  if (typeof value !== 'string' || value === '') return { name: fallback, subject: '' }
  const name = value.slice(0, NAME_LENGTH_MAX).replace(/[^A-Za-z0-9._@:|-]/g, '_')
  if (name === value) return { name }
  // Cut it would be somebody else's.
  return { name, subject: value.length <= SUBJECT_LENGTH_MAX ? value : '' }
}

/** Who a verified token is about. `*` among its tenants is a tenant of that name: no token is good for all. */
export function callerOfClaims(
  claims: Readonly<Record<string, unknown>>,
  { tenantsClaim, scopesClaim, nameClaim }: JwtConfig,
  mode: TenancyConfig['mode'],
): Authentication {
  const tenants = mode === 'single' ? new Set<string>() : namedTenants(claimAt(claims, tenantsClaim))
  if (tenants === undefined)
    return {
      refused: {
        status: 403,
        message: `The token's claim ${tenantsClaim} (jwt.tenantsClaim) names no tenant: a tenant has ${TENANT_RULE}.`,
      },
    }
  return {
    caller: {
      ...callerName(claimAt(claims, nameClaim), 'jwt'),
      tenants,
      scopes: scopesClaim === undefined ? new Set(['read']) : namedScopes(claimAt(claims, scopesClaim)),
    },
  }
}
