import type { Scope } from '../config/access.ts'

/** Who is asking. Made by {@link import('./credentials.ts').Credentials}, never from a request's own words. */
export type Caller = {
  /** The credential's name, `anonymous` without one. For logs and metrics. */
  readonly name: string
  /** The name as whoever vouches for it wrote it, where `name` is not that; empty where it gave none. */
  readonly subject?: string
  readonly tenants: '*' | ReadonlySet<string>
  readonly scopes: ReadonlySet<Scope>
}

/** The tenant of everything with `tenancy: single`. */
export const SINGLE_TENANT = 'default'

/**
 * Whoever reaches a gateway without credentials: may read, write and reload, and pick a tenant by header as in Loki, but
 * is not trusted with what attributes claim.
 */
export const ANONYMOUS: Caller = {
  name: 'anonymous',
  tenants: '*',
  scopes: new Set<Scope>(['read', 'write', 'admin']),
}

export function mayUse(caller: Caller, tenant: string): boolean {
  return caller.tenants === '*' || caller.tenants.has(tenant)
}

/** The tenant of a caller that has exactly one. */
export function onlyTenant(caller: Caller): string | undefined {
  if (caller.tenants === '*' || caller.tenants.size !== 1) return undefined
  return caller.tenants.values().next().value
}
