/** More tenants than any gateway has at a time; past it all are numbered anew. */
const TENANTS_MAX = 100_000

/**
 * A number per tenant, so that keys of two tenants can't be taken for each other: exact, where a hash of both would not be. Never given twice; a
 * tenant that is numbered anew begins anew.
 */
export class TenantNumbers {
  readonly #numbers = new Map<string, number>()
  readonly #tenants = new Map<number, string>()
  #next = 0

  of(tenant: string): number {
    let number = this.#numbers.get(tenant)
    if (number === undefined) {
      if (this.#numbers.size >= TENANTS_MAX) {
        this.#numbers.clear()
        this.#tenants.clear()
      }
      number = this.#next++ | 0
      this.#numbers.set(tenant, number)
      this.#tenants.set(number, tenant)
    }
    return number
  }

  /** Undefined for a number from before all were numbered anew. */
  tenantOf(number: number): string | undefined {
    return this.#tenants.get(number)
  }
}
