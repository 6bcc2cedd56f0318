import type { Config } from '../../config/schema.ts'
import { ApiError } from '../errors.ts'
import { concurrentMaxOf } from './query-limits.ts'

/**
 * `concurrentPerTenant` (or the tenant's own `concurrentMax` in `tenants`): requests one tenant may have running;
 * `concurrentMax`: those of all tenants together.
 */
export type QuerySlotLimits = Pick<Config['query'], 'concurrentPerTenant' | 'concurrentMax' | 'tenants'>

/**
 * How many requests with queries run at once. Nobody queues: who finds no slot hears so at once and when to
 * come back, so a slow database can't pile up requests in memory.
 */
export class QuerySlots {
  readonly #limits: QuerySlotLimits
  readonly #running = new Map<string, number>()
  #total = 0

  constructor(limits: QuerySlotLimits) {
    this.#limits = limits
  }

  /** Requests, whatever the number of their tenants. */
  get total(): number {
    return this.#total
  }

  /**
   * Takes a slot of each of these tenants (each named once), or of none, and returns how to give them back (once;
   * more often does nothing). Throws {@link ApiError}.
   */
  take(tenantIds: ReadonlyArray<string>): () => void {
    for (const tenantId of tenantIds) this.#assertFree(tenantId, tenantIds.length > 1)
    if (this.#total >= this.#limits.concurrentMax)
      throw new ApiError('overloaded', 'Too many queries are running: try again in a moment.', {
        retryAfterSeconds: 1,
      })
    for (const tenantId of tenantIds) this.#running.set(tenantId, (this.#running.get(tenantId) ?? 0) + 1)
    this.#total++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#total--
      for (const tenantId of tenantIds) this.#give(tenantId)
    }
  }

  #assertFree(tenantId: string, isOneOfSeveral: boolean): void {
    const concurrentMax = concurrentMaxOf(this.#limits, tenantId)
    if ((this.#running.get(tenantId) ?? 0) < concurrentMax) return
    const whose = isOneOfSeveral ? `the tenant "${tenantId}"` : 'this tenant'
    throw new ApiError(
      'too_many_queries',
      `${concurrentMax} queries of ${whose} are already running: wait for one to end.`,
      { retryAfterSeconds: 1 },
    )
  }

  #give(tenantId: string): void {
    const left = this.#running.get(tenantId)! - 1
    if (left === 0) this.#running.delete(tenantId)
    else this.#running.set(tenantId, left)
  }
}
