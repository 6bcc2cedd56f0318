import { hash } from 'node:crypto'

const TENANTS_MAX = 10_000

/** The part of a key that the tenant decides: two words, remembered. */
export class TenantWords {
  readonly #byTenant = new Map<string, readonly [number, number]>()

  of(tenant: string): readonly [number, number] {
    let words = this.#byTenant.get(tenant)
    if (words === undefined) {
      const digest = hash('sha256', tenant, 'buffer')
      words = [digest.readUInt32LE(0), digest.readUInt32LE(4)]
      if (this.#byTenant.size >= TENANTS_MAX) this.#byTenant.clear()
      this.#byTenant.set(tenant, words)
    }
    return words
  }
}
