import { z } from 'zod'
import { forms, isMap, oneOf, sha256Hex, text, tokenDigest } from './fields.ts'
import type { Secret } from './secret.ts'

/** Who may ask, and whose data it is: the sections `tenancy` and `credentials`. */

export const SCOPES = ['write', 'read', 'assign-tenant'] as const
export type Scope = (typeof SCOPES)[number]

const TENANT = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()-]+$/
const TENANT_LENGTH_MAX = 150

/** What a tenant id is, for sentences. */
export const TENANT_RULE = `at most ${TENANT_LENGTH_MAX} of A-Z a-z 0-9 ! - _ . * ' ( )`

/** Loki's rule for tenant ids: {@link TENANT_RULE}, and neither `.` nor `..`. */
export function isTenantId(text: string): boolean {
  return text.length <= TENANT_LENGTH_MAX && TENANT.test(text)
}

const tenantId = () =>
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
    scopes: z.array(oneOf(SCOPES)).min(1).max(SCOPES.length).describe('write, read, assign-tenant'),
  })
  .transform(({ token, tokenSha256, ...rest }, context): CredentialConfig => {
    const digest = token ?? tokenSha256
    if (digest !== undefined && (token === undefined || tokenSha256 === undefined))
      return { ...rest, tokenSha256: digest }
    context.addIssue({ code: 'custom', message: 'exactly one of token and tokenSha256' })
    return z.NEVER
  })

export const credentials = z.array(credential).max(10_000)
