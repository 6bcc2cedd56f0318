import { json, type Route, type TenantRequest, type TenantsRequest } from '../../src/query/route.ts'

/** A route of one tenant at /probe. */
export const tenantRoute = (
  handle: (request: TenantRequest) => ReturnType<Route['handle']>,
): Extract<Route, { access: 'tenant' }> => ({
  path: '/probe',
  methods: ['GET'],
  access: 'tenant',
  handle,
})
/** Answers with what it was asked. */
export const echo = tenantRoute(async ({ tenantId, query }) => json({ tenantId, query: [...query] }))

/** A route of several tenants at /several. */
export const tenantsRoute = (
  handle: (request: TenantsRequest) => ReturnType<Route['handle']>,
): Extract<Route, { access: 'tenants' }> => ({
  path: '/several',
  methods: ['GET'],
  access: 'tenants',
  handle,
})
export const echoSeveral = tenantsRoute(async ({ tenantIds, limits }) => json({ tenantIds, limits }))
