import type { Config } from '../config/schema.ts'

export type TailBudget = Pick<Config['tail'], 'viewersMax' | 'viewersPerTenant'>

/** How many tails there are. Nobody queues: who finds no room hears so at once, with the number and the way out. */
export class TailSlots {
  readonly #budget: TailBudget
  readonly #byTenant = new Map<string, number>()
  #total = 0

  constructor(budget: TailBudget) {
    this.#budget = budget
  }

  get total(): number {
    return this.#total
  }

  /** Takes one slot, counted for each of the tenants. How to give it back (once), or why there is none. */
  take(tenantIds: ReadonlyArray<string>): (() => void) | { readonly refusal: string } {
    const { viewersMax, viewersPerTenant } = this.#budget
    if (this.#total >= viewersMax)
      return {
        refusal: `${viewersMax} live tails are open on this gateway: try again later (tail.viewersMax).`,
      }
    const full = tenantIds.find((tenantId) => (this.#byTenant.get(tenantId) ?? 0) >= viewersPerTenant)
    if (full !== undefined)
      return {
        refusal: `${viewersPerTenant} live tails of this tenant are open: close one (tail.viewersPerTenant).`,
      }
    this.#total++
    for (const tenantId of tenantIds) this.#byTenant.set(tenantId, (this.#byTenant.get(tenantId) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#total--
      for (const tenantId of tenantIds) {
        const left = this.#byTenant.get(tenantId)! - 1
        if (left === 0) this.#byTenant.delete(tenantId)
        else this.#byTenant.set(tenantId, left)
      }
    }
  }
}
