import type { IncomingHttpHeaders } from 'node:http'
import type { TenancyConfig } from '../../config/access.ts'
import type { Authenticator, AuthRefusal } from '../../tenancy/authentication.ts'
import type { Caller } from '../../tenancy/caller.ts'
import { type ReadRefusal, readAccess } from '../../tenancy/read.ts'
import { ApiError } from '../errors.ts'

/** What decides who reads what. */
export type ApiAccess = { readonly tenancy: TenancyConfig; readonly authenticator: Authenticator }

const CODES = { 400: 'bad_request', 401: 'unauthorized', 403: 'forbidden', 503: 'unavailable' } as const
const RETRY_AFTER_SECONDS = 5

function refusal({ status, message, cause }: ReadRefusal | AuthRefusal): ApiError {
  return new ApiError(CODES[status], message, {
    cause,
    ...(status === 503 ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {}),
  })
}

/** Who reads, and the tenants whose data it reads: at least one, sorted, each once. */
export type Reader = { readonly caller: Caller; readonly tenantIds: ReadonlyArray<string> }

/** Throws {@link ApiError}. */
export async function readerOf(
  { tenancy, authenticator }: ApiAccess,
  headers: IncomingHttpHeaders,
): Promise<Reader> {
  const access = await readAccess(tenancy, authenticator, headers)
  if (access.refused) throw refusal(access.refused)
  return { caller: access.caller, tenantIds: access.tenants }
}

/** The tenants whose data this request reads: at least one, sorted, each once. Throws {@link ApiError}. */
export async function tenantsOf(
  access: ApiAccess,
  headers: IncomingHttpHeaders,
): Promise<ReadonlyArray<string>> {
  return (await readerOf(access, headers)).tenantIds
}

/** For an endpoint that reads one tenant at a time. Throws {@link ApiError}. */
export function oneTenant({ tenancy }: ApiAccess, tenantIds: ReadonlyArray<string>): string {
  if (tenantIds.length === 1) return tenantIds[0]!
  throw new ApiError(
    'bad_request',
    `This endpoint reads one tenant at a time, and ${tenancy.header} names ${tenantIds.length}: send a request for each.`,
  )
}

/**
 * For what belongs to no single tenant: a credential that reads all of them, or any that reads where there is only
 * one tenant. Throws {@link ApiError}.
 */
export async function assertOperator(
  { tenancy, authenticator }: ApiAccess,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const { caller, refused } = await authenticator.authenticate(headers)
  if (caller === undefined) throw refusal(refused)
  if (!caller.scopes.has('read') || (tenancy.mode === 'multi' && caller.tenants !== '*'))
    throw new ApiError(
      'forbidden',
      `The credential "${caller.name}" may not see this: it needs the scope read for all tenants ('*').`,
    )
}

/**
 * For what changes something for everybody: the scope `admin`, for all tenants. A cookie is not looked at, since browsers
 * send it along with requests that nobody meant to make. Returns who asks. Throws {@link ApiError}.
 */
export async function assertAdmin(
  { tenancy, authenticator }: ApiAccess,
  { cookie: _, ...headers }: IncomingHttpHeaders,
): Promise<string> {
  const { caller, refused } = await authenticator.authenticate(headers)
  if (caller === undefined) throw refusal(refused)
  if (!caller.scopes.has('admin') || (tenancy.mode === 'multi' && caller.tenants !== '*'))
    throw new ApiError(
      'forbidden',
      `The credential "${caller.name}" may not do this: it needs the scope admin for all tenants ('*').`,
    )
  return caller.name
}
