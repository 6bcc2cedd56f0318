import type { Run } from '../../sql/queries.ts'
import type { ResourceQuery, ResourceReader } from './resource-rows.ts'
import {
  type FoundRow,
  meantTenants,
  ResourceChoice,
  resourceKey,
  type SelectedResource,
  type Selection,
} from './selection.ts'
import type { LokiStore } from './store.ts'

/**
 * A selection that is made after its rows: where an index finds few rows by what they hold, it is cheaper to look up their
 * resources than all that the selector means.
 */
export class FoundResources implements Selection {
  readonly tenantIds: ReadonlyArray<string>
  readonly #reader: ResourceReader
  readonly #query: ResourceQuery
  readonly #choice: ResourceChoice
  readonly #asked = new Set<string>()

  constructor(store: LokiStore, reader: ResourceReader, query: ResourceQuery) {
    this.tenantIds = meantTenants(query)
    this.#reader = reader
    this.#query = query
    this.#choice = new ResourceChoice(store, query)
  }

  /** Those that are known by now. */
  get resources(): ReadonlyArray<SelectedResource> {
    return [...this.#choice.chosen.values()]
  }

  find(tenantId: string, fingerprint: string): SelectedResource | undefined {
    return this.#choice.chosen.get(resourceKey(tenantId, fingerprint))
  }

  readonly learn = async (rows: ReadonlyArray<FoundRow>, run: Run): Promise<number> => {
    const fingerprints = new Set<string>()
    for (const { tenant, fingerprint } of rows) {
      const key = resourceKey(tenant, fingerprint)
      if (this.#asked.has(key)) continue
      this.#asked.add(key)
      fingerprints.add(fingerprint)
    }
    if (fingerprints.size === 0) return 0
    const before = this.#choice.chosen.size
    const { tenantIds } = this
    const found = await this.#reader.read({ ...this.#query, tenantIds, fingerprints: [...fingerprints] }, run)
    for (const row of found) this.#choice.take(row)
    return this.#choice.chosen.size - before
  }
}
