import { isTenantId, TENANT_RULE, type TenancyConfig } from '../config/access.ts'
import type { Authenticator } from './authentication.ts'
import { type Caller, mayUse, onlyTenant, SINGLE_TENANT } from './caller.ts'
import type { RequestHeaders } from './shown.ts'

/** The tenants a read may see: at least one, sorted by UTF-16 code unit, each once. Or how it is refused. */
export type ReadAccess =
  | { readonly caller: Caller; readonly tenants: ReadonlyArray<string>; readonly refused?: never }
  | { readonly refused: ReadRefusal }
export type ReadRefusal = {
  readonly status: 400 | 401 | 403 | 503
  /** For the caller. */
  readonly message: string
  /** For the log. */
  readonly cause?: Error
}

/** Between the tenants of one header, as in Loki. */
const SEPARATOR = '|'

/**
 * Who reads, and whose data. With `single` the header is ignored; with `multi` the tenants are the header's, else
 * the credential's only one; none is 401, as in Loki. One tenant that is not the caller's refuses the whole read.
 */
export async function readAccess(
  config: TenancyConfig,
  authenticator: Authenticator,
  headers: RequestHeaders,
): Promise<ReadAccess> {
  const { caller, refused } = await authenticator.authenticate(headers)
  if (caller === undefined) return { refused }
  if (!caller.scopes.has('read'))
    return refuse(403, `The credential "${caller.name}" may not read; it has no scope read.`)
  if (config.mode === 'single') return { caller, tenants: [SINGLE_TENANT] }

  const header = headers[config.header.toLowerCase()]
  const named = typeof header === 'string' || header === undefined ? header : header.join(', ')
  if (named !== undefined && named !== '') return readNamed(config, caller, named)
  const only = onlyTenant(caller)
  return only === undefined
    ? refuse(401, `No tenant: send the header ${config.header}.`)
    : { caller, tenants: [only] }
}

function readNamed({ header, readTenantsMax }: TenancyConfig, caller: Caller, named: string): ReadAccess {
  const ids = named.split(SEPARATOR)
  if (!ids.every(isTenantId))
    return refuse(
      400,
      ids.length === 1
        ? `The header ${header} is no tenant: a tenant has ${TENANT_RULE}.`
        : `The header ${header} holds something else than tenants between its "${SEPARATOR}": a tenant has ${TENANT_RULE}.`,
    )
  const tenants = [...new Set(ids)].sort()
  if (tenants.length > readTenantsMax)
    return refuse(
      400,
      `The header ${header} names ${tenants.length} tenants; one read may name ${readTenantsMax} (tenancy.readTenantsMax).`,
    )
  const foreign = tenants.find((tenant) => !mayUse(caller, tenant))
  return foreign === undefined
    ? { caller, tenants }
    : refuse(403, `The credential "${caller.name}" may not read the tenant "${foreign}" of ${header}.`)
}

function refuse(status: ReadRefusal['status'], message: string): ReadAccess {
  return { refused: { status, message } }
}
