import { z } from 'zod'
import {
  forms,
  httpUrl,
  isMap,
  oneOf,
  password,
  sha256Hex,
  text,
  tokenDigest,
  wholeNumber,
} from './fields.ts'
import { isPublicKeySet } from './key-set.ts'
import type { Secret } from './secret.ts'

/** Who may ask, and whose data it is: the sections `tenancy`, `credentials`, `jwt` and `authCallback`. */

export const SCOPES = ['write', 'read', 'assign-tenant', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

const TENANT = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()-]+$/
const TENANT_LENGTH_MAX = 150

/** What a tenant id is, for sentences. */
export const TENANT_RULE = `at most ${TENANT_LENGTH_MAX} of A-Z a-z 0-9 ! - _ . * ' ( )`

/** Loki's rule for tenant ids: {@link TENANT_RULE}, and neither `.` nor `..`. */
export function isTenantId(text: string): boolean {
  return text.length <= TENANT_LENGTH_MAX && TENANT.test(text)
}

export const tenantId = () =>
  text({
    expected: `a tenant: ${TENANT_RULE}, in quotes if it is a number`,
    pattern: TENANT,
    lengthMax: TENANT_LENGTH_MAX,
  })

const tenancyMap = z.strictObject({
  mode: oneOf(['single', 'multi']).describe('single: everything belongs to the tenant `default`.'),
  attribute: text({ expected: 'the name of a resource attribute', lengthMax: 256 })
    .prefault('loco.workspace.id')
    .describe(
      'Names the tenant of a write, if the credential has the scope assign-tenant; stripped from all others.',
    ),
  namespacePattern: text({
    expected: 'a Kubernetes namespace with exactly one * where the tenant stands, such as ws-*',
    pattern: /^[a-z0-9-]*\*[a-z0-9-]*$/,
  })
    .optional()
    .describe('Takes the tenant from k8s.namespace.name, if the credential has the scope assign-tenant.'),
  header: text({ expected: 'the name of a header', pattern: /^[A-Za-z0-9-]+$/ })
    .prefault('X-Scope-OrgID')
    .describe('Names the tenant of a request, among those of the credential.'),
  static: tenantId().optional().describe('The tenant of writes that name none.'),
  readTenantsMax: wholeNumber({ min: 1, max: 1000 })
    .prefault(100)
    .describe('How many tenants (`a|b|c` in the header) one read may name.'),
})
export const tenancyShape = tenancyMap

export type TenancyConfig = z.output<typeof tenancyMap>

/** `single`, `multi`, or a map with `mode`. */
export const tenancy = forms('single, multi, or a map with mode, attribute, …', (value) => {
  if (value === 'single' || value === 'multi') return { schema: tenancyMap, input: { mode: value } }
  return isMap(value) ? { schema: tenancyMap, input: value } : undefined
})

const tenantList = z.array(tenantId()).max(10_000)
const allTenants = z.literal('*')
export const tenantsShape = tenantList

export const tenants = forms<'*' | string[]>("a list of tenants, or '*' for all", (value) => {
  if (value === '*') return { schema: allTenants, input: value }
  return Array.isArray(value) ? { schema: tenantList, input: value } : undefined
})

export type CredentialConfig = {
  readonly name: string
  readonly tokenSha256: Secret
  readonly tenants: '*' | ReadonlyArray<string>
  readonly scopes: ReadonlyArray<Scope>
}

const credential = z
  .strictObject({
    name: text({
      expected: 'a name for logs and metrics (letters, digits, . _ -)',
      pattern: /^[A-Za-z0-9._-]{1,64}$/,
    }),
    token: tokenDigest()
      .optional()
      .describe('The bearer token, from the environment or a file; never written here.'),
    tokenSha256: sha256Hex().optional().describe('Instead of `token`: its SHA-256, 64 hex digits.'),
    tenants: tenants
      .prefault([])
      .describe("The tenants it may write to and read from, or '*'. Ignored with tenancy: single."),
    scopes: z.array(oneOf(SCOPES)).min(1).max(SCOPES.length).describe('write, read, assign-tenant, admin'),
  })
  .transform(({ token, tokenSha256, ...rest }, context): CredentialConfig => {
    const digest = token ?? tokenSha256
    if (digest !== undefined && (token === undefined || tokenSha256 === undefined))
      return { ...rest, tokenSha256: digest }
    context.addIssue({ code: 'custom', message: 'exactly one of token and tokenSha256' })
    return z.NEVER
  })

export const credentials = z.array(credential).max(10_000)

/** Signatures with a public key. With a shared secret, whoever checks a token could also make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const claim = () =>
  text({ expected: "a claim's name, or a path such as app_metadata.tenants", lengthMax: 256 })
const KEYS = 'a JWKS with public keys only, as JSON, such as ${' + 'file:/etc/weir/jwks.json}'
const times = { min: 0, max: 3_600_000 } as const
const callTimeout = () => wholeNumber({ min: 10, max: 60_000 }).prefault(5000)

/** `keys` or `jwksUrl`: exactly one (relations.ts). */
export const jwt = z.strictObject({
  jwksUrl: httpUrl('https://login.example.com/.well-known/jwks.json')
    .optional()
    .describe('Where the issuer publishes its public keys.'),
  keys: text({ expected: KEYS, lengthMax: 262_144 })
    .refine(isPublicKeySet, KEYS)
    .optional()
    .describe('Instead of `jwksUrl`: the keys themselves, a JWKS as JSON.'),
  issuer: text({ expected: 'the iss of the tokens' }).describe('`iss` must be this.'),
  audience: text({ expected: 'the aud of tokens that are meant for Weir' }).describe('`aud` must hold this.'),
  algorithms: z
    .array(oneOf(ALGORITHMS))
    .min(1)
    .max(ALGORITHMS.length)
    .prefault(['RS256', 'ES256', 'EdDSA'])
    .describe('What a token may be signed with.'),
  clockToleranceMs: wholeNumber({ min: 0, max: 600_000 })
    .prefault(30_000)
    .describe("How far the issuer's clock may be off."),
  tenantsClaim: claim()
    .prefault('weir_tenants')
    .describe('The claim with the tenants: one, or a list. Ignored with tenancy: single.'),
  scopesClaim: claim()
    .optional()
    .describe(
      'The claim with the scopes: a list, or text with spaces. Without it every token has the scope read.',
    ),
  nameClaim: claim().prefault('sub').describe('The claim that names the caller in logs.'),
  keysAgeMaxMs: wholeNumber({ min: 1000, max: 24 * 3_600_000 })
    .prefault(600_000)
    .describe(
      'Keys of `jwksUrl` are fetched again after it. While that fails the old ones are used, for a day.',
    ),
  keysCooldownMs: wholeNumber({ min: 1000, max: 3_600_000 })
    .prefault(30_000)
    .describe('Between two fetches at least; a token with an unknown key asks for one.'),
  timeoutMs: callTimeout().describe('Of one fetch.'),
})

export type JwtConfig = z.output<typeof jwt>

const headerName = () => text({ expected: 'the name of a header', pattern: /^[A-Za-z0-9-]{1,64}$/ })
export const cookieName = () =>
  text({ expected: 'the name of a cookie', pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/ })

/** The platform that knows a credential answers `{tenants, scopes, name}` (docs/operating.md). */
export const authCallback = z.strictObject({
  url: httpUrl('http://platform.internal/authenticate').describe('Is asked who a credential belongs to.'),
  method: oneOf(['POST', 'GET']).prefault('POST'),
  header: headerName()
    .prefault('Authorization')
    .describe('Carries the credential to the platform; as "Bearer …" if it is Authorization.'),
  cookie: cookieName().optional().describe('Instead of `header`: the cookie that carries it.'),
  token: password()
    .optional()
    .describe(
      "Weir's own bearer token for the platform; `header` must be another one then, or `cookie` be set.",
    ),
  timeoutMs: callTimeout().describe('Of one call.'),
  concurrentMax: wholeNumber({ min: 1, max: 10_000 }).prefault(32).describe('Calls at the same time.'),
  cacheMs: wholeNumber(times).prefault(30_000).describe('How long an answer is believed.'),
  refusedCacheMs: wholeNumber(times)
    .prefault(5000)
    .describe('The same, of a credential that it does not know.'),
  cacheEntriesMax: wholeNumber({ min: 1, max: 1_000_000 }).prefault(10_000),
})

export type AuthCallbackConfig = z.output<typeof authCallback>
