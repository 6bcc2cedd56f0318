import type { IncomingHttpHeaders } from 'node:http'
import type { TenancyConfig } from '../../config/access.ts'
import type { Credentials } from '../../tenancy/credentials.ts'
import { readAccess } from '../../tenancy/read.ts'
import { ApiError } from '../errors.ts'

/** What decides who reads what. */
export type ApiAccess = { readonly tenancy: TenancyConfig; readonly credentials: Credentials }

const CODES = { 400: 'bad_request', 401: 'unauthorized', 403: 'forbidden' } as const

/** The one tenant whose data this request reads. Throws {@link ApiError}. */
export function tenantOf({ tenancy, credentials }: ApiAccess, headers: IncomingHttpHeaders): string {
  const header = headers[tenancy.header.toLowerCase()]
  const access = readAccess(
    tenancy,
    credentials,
    headers.authorization,
    Array.isArray(header) ? header.join(', ') : header,
  )
  if (access.refused) throw new ApiError(CODES[access.refused.status], access.refused.message)
  return access.tenant
}

/**
 * For what belongs to no single tenant: a credential that reads all of them, or any that reads where there is only
 * one tenant. Throws {@link ApiError}.
 */
export function assertOperator({ tenancy, credentials }: ApiAccess, headers: IncomingHttpHeaders): void {
  const { caller, refused } = credentials.authenticate(headers.authorization)
  if (caller === undefined) throw new ApiError('unauthorized', refused)
  if (!caller.scopes.has('read') || (tenancy.mode === 'multi' && caller.tenants !== '*'))
    throw new ApiError(
      'forbidden',
      `The credential "${caller.name}" may not see this: it needs the scope read for all tenants ('*').`,
    )
}
