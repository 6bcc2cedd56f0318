import type { Config } from '../../config/schema.ts'

/** What one request may cost: `query` of the config, with what `query.tenants` says of its tenants. */
export type QueryLimits = Pick<
  Config['query'],
  'timeoutMs' | 'rowsToReadMax' | 'bytesToReadMax' | 'memoryBytesMax' | 'resultBytesMax'
>

const LIMITS = ['timeoutMs', 'rowsToReadMax', 'bytesToReadMax', 'memoryBytesMax', 'resultBytesMax'] as const

function ofTenant({ tenants }: Config['query'], tenantId: string) {
  return Object.hasOwn(tenants, tenantId) ? tenants[tenantId] : undefined
}

/** Of several tenants the smallest: what one of them may not cost, it may not cost in company either. */
export function queryLimits(query: Config['query'], tenantIds: ReadonlyArray<string>): QueryLimits {
  const limits = Object.fromEntries(
    LIMITS.map((name) => [
      name,
      Math.min(...tenantIds.map((tenantId) => ofTenant(query, tenantId)?.[name] ?? query[name])),
    ]),
  )
  return limits as QueryLimits
}

/** How many requests of a tenant may run at once. */
export function concurrentMaxOf(
  query: Pick<Config['query'], 'concurrentPerTenant' | 'tenants'>,
  tenantId: string,
): number {
  const { tenants, concurrentPerTenant } = query
  return (Object.hasOwn(tenants, tenantId) && tenants[tenantId]?.concurrentMax) || concurrentPerTenant
}
