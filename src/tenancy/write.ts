import { isTenantId, TENANT_RULE, type TenancyConfig } from '../config/access.ts'
import { type Batch, KEPT } from '../otlp/batch.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import { Refusal } from '../otlp/refusal.ts'
import { RECORD, RESOURCE } from '../otlp/slots.ts'
import { type Caller, mayUse, onlyTenant, SINGLE_TENANT } from './caller.ts'
import type { Credentials } from './credentials.ts'
import { namespaceMatcher } from './namespace-pattern.ts'
import { resourceClaim, stripResourceAttribute } from './resource-attribute.ts'

/** Gives the resources of a request their tenant (docs/adr/0008-config-and-tenancy.md). */
export type WriteTenancy = {
  /**
   * Sets `RESOURCE.tenant` of every resource and `batch.tenants`. Records of a resource without a tenant that its
   * caller may use are marked rejected; their tenant is `''`, which nobody can read. For a caller without scope
   * assign-tenant the claiming attribute is removed. Throws {@link Refusal} for a header that is no tenant
   * (malformed) or not the caller's (forbidden).
   */
  assignTenants(batch: Batch, caller: Caller, header: string | undefined): void
  /**
   * What "the same sender" means when a repeated request is looked for: requests under different identities are
   * never taken for each other. Throws as `assignTenants` does.
   */
  identity(caller: Caller, header: string | undefined): string
}

const K8S_NAMESPACE = Buffer.from('k8s.namespace.name')
/** Of the records of a resource that gets no tenant. */
const NOBODY = ''

/** Who sends this request. Throws {@link Refusal}: unauthorized without a known token, forbidden without scope write. */
export function authenticateWriter(credentials: Credentials, authorization: string | undefined): Caller {
  const { caller, refused } = credentials.authenticate(authorization)
  if (caller === undefined) throw new Refusal('unauthorized', refused)
  if (!caller.scopes.has('write'))
    throw new Refusal('forbidden', `The credential "${caller.name}" may not write; it has no scope write.`)
  return caller
}

export function writeTenancy(config: TenancyConfig, outcomes: Outcomes): WriteTenancy {
  return config.mode === 'single' ? SINGLE : multi(config, outcomes)
}

const SINGLE: WriteTenancy = {
  assignTenants(batch) {
    batch.tenants.length = 0
    batch.tenants.push(SINGLE_TENANT)
    for (let i = 0; i < batch.resources.count; i++)
      batch.resources.data[i * batch.resources.stride + RESOURCE.tenant] = 0
  },
  identity: () => SINGLE_TENANT,
}

type Verdicts = { readonly noTenant: number; readonly invalid: number; readonly forbidden: number }

function multi(config: TenancyConfig, outcomes: Outcomes): WriteTenancy {
  const attribute = Buffer.from(config.attribute)
  const fromNamespace =
    config.namespacePattern === undefined ? undefined : namespaceMatcher(config.namespacePattern)
  const verdicts = registerVerdicts(config, outcomes)

  /** The tenant that a trusted caller's resource names, undefined if none, or the number of the outcome. */
  const namedTenant = (batch: Batch, resource: number): string | number | undefined => {
    const claim = resourceClaim(batch, resource, attribute)
    if (claim.times > 1) return verdicts.invalid
    if (claim.times === 1 && claim.text !== '')
      return claim.text !== undefined && isTenantId(claim.text) ? claim.text : verdicts.invalid
    if (fromNamespace === undefined) return undefined
    const namespace = resourceClaim(batch, resource, K8S_NAMESPACE)
    if (namespace.times !== 1 || namespace.text === undefined) return undefined
    const tenant = fromNamespace(namespace.text)
    return tenant === undefined || isTenantId(tenant) ? tenant : verdicts.invalid
  }

  return {
    assignTenants(batch, caller, header) {
      const fallback = headerTenant(config, caller, header) ?? onlyTenant(caller) ?? config.static
      const trusted = caller.scopes.has('assign-tenant')
      const numbers = new Map<string, number>()
      const rejected = new Uint16Array(batch.resources.count)
      let anyRejected = false
      batch.tenants.length = 0
      for (let i = 0; i < batch.resources.count; i++) {
        if (!trusted) stripResourceAttribute(batch, i, attribute)
        let tenant: string | number =
          (trusted ? namedTenant(batch, i) : undefined) ?? fallback ?? verdicts.noTenant
        if (typeof tenant === 'string' && !mayUse(caller, tenant)) tenant = verdicts.forbidden
        if (typeof tenant === 'number') {
          rejected[i] = tenant
          anyRejected = true
          tenant = NOBODY
        }
        batch.resources.data[i * batch.resources.stride + RESOURCE.tenant] = tenantNumber(
          batch,
          numbers,
          tenant,
        )
      }
      if (anyRejected) reject(batch, rejected)
    },
    identity(caller, header) {
      const tenant = headerTenant(config, caller, header) ?? onlyTenant(caller)
      // What a trusted caller may write depends on the tenants that its credential has, not on the header alone.
      if (caller.scopes.has('assign-tenant')) return `trusted ${caller.name}, tenant ${tenant ?? ''}`
      return tenant === undefined ? `caller ${caller.name}` : `tenant ${tenant}`
    },
  }
}

function registerVerdicts({ attribute, header }: TenancyConfig, outcomes: Outcomes): Verdicts {
  const sentence = {
    no_tenant: `no tenant: send the header ${header}, use a credential with one tenant, or one with scope assign-tenant and the resource attribute ${attribute}`,
    tenant_invalid: `the resource attribute ${attribute} must stand there once and be a tenant: ${TENANT_RULE}`,
    tenant_forbidden: 'the credential may not write to this tenant',
  }
  const number = (reason: keyof typeof sentence): number =>
    outcomes.register({ kind: 'rejected', reason, sentence: sentence[reason] })
  return {
    noTenant: number('no_tenant'),
    invalid: number('tenant_invalid'),
    forbidden: number('tenant_forbidden'),
  }
}

function headerTenant(config: TenancyConfig, caller: Caller, header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  if (!isTenantId(header))
    throw new Refusal('malformed', `The header ${config.header} is no tenant: a tenant has ${TENANT_RULE}.`)
  if (!mayUse(caller, header))
    throw new Refusal(
      'forbidden',
      `The credential "${caller.name}" may not write to the tenant of ${config.header}.`,
    )
  return header
}

function tenantNumber(batch: Batch, numbers: Map<string, number>, tenant: string): number {
  const known = numbers.get(tenant)
  if (known !== undefined) return known
  const number = batch.tenants.push(tenant) - 1
  numbers.set(tenant, number)
  return number
}

/** Marks the records of rejected resources, once, in one pass. */
function reject(batch: Batch, rejectedResources: Uint16Array): void {
  const { data, stride, count } = batch.records
  const { verdicts } = batch
  for (let i = 0; i < count; i++) {
    const outcome = rejectedResources[data[i * stride + RECORD.resource]!]!
    if (outcome !== KEPT && verdicts[i] === KEPT) verdicts[i] = outcome
  }
}
