import { json, type Route, type TenantRequest } from '../../src/query/route.ts'

/** A route of one tenant at /probe. */
export const tenantRoute = (handle: (request: TenantRequest) => ReturnType<Route['handle']>): Route => ({
  path: '/probe',
  methods: ['GET'],
  access: 'tenant',
  handle,
})
/** Answers with what it was asked. */
export const echo = tenantRoute(async ({ tenantId, query }) => json({ tenantId, query: [...query] }))
