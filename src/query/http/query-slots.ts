import type { Config } from '../../config/schema.ts'
import { ApiError } from '../errors.ts'

/** `concurrentPerTenant`: requests one tenant may have running; `concurrentMax`: those of all tenants together. */
export type QuerySlotLimits = Pick<Config['query'], 'concurrentPerTenant' | 'concurrentMax'>

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

  get total(): number {
    return this.#total
  }

  /** Takes a slot and returns how to give it back (once; more often does nothing). Throws {@link ApiError}. */
  take(tenantId: string): () => void {
    const running = this.#running.get(tenantId) ?? 0
    const { concurrentPerTenant, concurrentMax } = this.#limits
    if (running >= concurrentPerTenant)
      throw new ApiError(
        'too_many_queries',
        `${concurrentPerTenant} queries of this tenant are already running: wait for one to end.`,
        { retryAfterSeconds: 1 },
      )
    if (this.#total >= concurrentMax)
      throw new ApiError('overloaded', 'Too many queries are running: try again in a moment.', {
        retryAfterSeconds: 1,
      })
    this.#running.set(tenantId, running + 1)
    this.#total++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#give(tenantId)
    }
  }

  #give(tenantId: string): void {
    this.#total--
    const left = this.#running.get(tenantId)! - 1
    if (left === 0) this.#running.delete(tenantId)
    else this.#running.set(tenantId, left)
  }
}
