import { isTenantId, TENANT_RULE, type TenancyConfig } from '../config/access.ts'
import { type Caller, mayUse, onlyTenant, SINGLE_TENANT } from './caller.ts'
import type { Credentials } from './credentials.ts'

/** The one tenant a read may see, or how it is refused. */
export type ReadAccess =
  | { readonly caller: Caller; readonly tenant: string; readonly refused?: never }
  | { readonly refused: ReadRefusal }
export type ReadRefusal = { readonly status: 400 | 401 | 403; readonly message: string }

/**
 * Who reads, and whose data. With `single` the header is ignored; with `multi` the tenant is the header's, else
 * the credential's only one; none is 401, as in Loki.
 */
export function readAccess(
  config: TenancyConfig,
  credentials: Credentials,
  authorization: string | undefined,
  tenantHeader: string | undefined,
): ReadAccess {
  const { caller, refused } = credentials.authenticate(authorization)
  if (caller === undefined) return refuse(401, refused)
  if (!caller.scopes.has('read'))
    return refuse(403, `The credential "${caller.name}" may not read; it has no scope read.`)
  const tenant = readTenant(config, caller, tenantHeader)
  return typeof tenant === 'string' ? { caller, tenant } : { refused: tenant }
}

function readTenant(config: TenancyConfig, caller: Caller, header: string | undefined): string | ReadRefusal {
  if (config.mode === 'single') return SINGLE_TENANT
  const tenant = header === undefined || header === '' ? onlyTenant(caller) : header
  if (tenant === undefined) return { status: 401, message: `No tenant: send the header ${config.header}.` }
  if (!isTenantId(tenant))
    return {
      status: 400,
      message: `The header ${config.header} is no tenant: a tenant has ${TENANT_RULE}.`,
    }
  if (!mayUse(caller, tenant))
    return {
      status: 403,
      message: `The credential "${caller.name}" may not read the tenant of ${config.header}.`,
    }
  return tenant
}

function refuse(status: ReadRefusal['status'], message: string): ReadAccess {
  return { refused: { status, message } }
}
