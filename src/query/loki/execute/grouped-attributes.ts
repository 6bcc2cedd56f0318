import { LRUCache } from 'lru-cache'

const KNOWN_MAX = 10_000
/** So long a tenant whose rows have such attributes no more pays for the time when they had. */
const REMEMBERED_MS = 600_000

/** Which tenants group by attributes that their rows do have, so that nobody assumes twice that they have none. */
export class GroupedAttributes {
  readonly #known = new LRUCache<string, true>({ max: KNOWN_MAX, ttl: REMEMBERED_MS })

  add(tenantIds: ReadonlyArray<string>, by: ReadonlyArray<string>): void {
    this.#known.set(keyOf(tenantIds, by), true)
  }

  were(tenantIds: ReadonlyArray<string>, by: ReadonlyArray<string>): boolean {
    return this.#known.has(keyOf(tenantIds, by))
  }
}

const keyOf = (tenantIds: ReadonlyArray<string>, by: ReadonlyArray<string>): string =>
  JSON.stringify([tenantIds, by])
