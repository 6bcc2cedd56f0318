import type { Labels } from '../../logql/record.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { Run } from '../../sql/queries.ts'
import { isOneOf } from '../../sql/select.ts'
import type { ResourceFacts, ResourceLabels } from './labels.ts'
import type { ResourceQuery, ResourceReader, ResourceRow } from './resource-rows.ts'
import { ofTenant, type ResourceTest, resourceTest } from './resource-test.ts'
import type { LokiStore } from './store.ts'

/** A stored resource that a selector chose. */
export type SelectedResource = ResourceLabels & {
  readonly tenantId: string
  readonly fingerprint: string
  readonly appId: string
  readonly facts: ResourceFacts
}

/** Of a row whose resource is looked up. */
export type FoundRow = { readonly tenant: string; readonly fingerprint: string }

/** What a selector means over a range: tenants, and of each the resources. */
export type Selection = {
  readonly tenantIds: ReadonlyArray<string>
  readonly resources: ReadonlyArray<SelectedResource>
  /** By tenant, then fingerprint. */
  find(tenantId: string, fingerprint: string): SelectedResource | undefined
  /**
   * Of a selection that is made after its rows: looks up their resources, as far as that was not done before, and says how many were
   * chosen. Throws ApiError. Of others undefined: all that it means is known before.
   */
  readonly learn?: (rows: ReadonlyArray<FoundRow>, run: Run) => Promise<number>
}

const APPS_BOUND_MAX = 2_000

/** Throws ApiError where there are too many. */
export async function selectResources(
  store: LokiStore,
  reader: ResourceReader,
  query: ResourceQuery,
  run: Run,
): Promise<Selection> {
  const tenantIds = meantTenants(query)
  if (tenantIds.length === 0) return selectionOf([], [])
  const rows = await reader.read({ ...query, tenantIds }, run)
  const choice = new ResourceChoice(store, query)
  for (const row of rows) choice.take(row)
  return selectionOf(tenantIds, [...choice.chosen.values()])
}

export function meantTenants({
  tenantIds,
  matchers,
}: Pick<ResourceQuery, 'tenantIds' | 'matchers'>): string[] {
  return tenantIds.filter((tenantId) => ofTenant(matchers, tenantId))
}

export const resourceKey = (tenantId: string, fingerprint: string): string =>
  `${tenantId}\u0000${fingerprint}`

/** Takes resources as they are read, and keeps those that a selector means. */
export class ResourceChoice {
  /** By {@link resourceKey}. */
  readonly chosen = new Map<string, SelectedResource>()
  readonly #store: LokiStore
  readonly #isMeant: ResourceTest
  readonly #labelTenants: boolean
  readonly #shared = new SharedLabels()

  constructor(store: LokiStore, { tenantIds, matchers }: Pick<ResourceQuery, 'tenantIds' | 'matchers'>) {
    this.#store = store
    this.#isMeant = resourceTest(matchers)
    this.#labelTenants = tenantIds.length > 1
  }

  take(row: ResourceRow): void {
    const { tenantId, fingerprint, appId } = row
    const key = resourceKey(tenantId, fingerprint)
    if (this.chosen.has(key)) return
    const labels = this.#store.labels.ofResource(row, this.#labelTenants ? tenantId : undefined)
    if (!this.#isMeant(labels)) return
    const stream = this.#shared.get(labels.stream)
    this.chosen.set(key, { ...labels, stream, tenantId, fingerprint, appId, facts: row })
  }
}

function selectionOf(
  tenantIds: ReadonlyArray<string>,
  resources: ReadonlyArray<SelectedResource>,
): Selection {
  const byTenant = new Map<string, Map<string, SelectedResource>>()
  for (const resource of resources) {
    let own = byTenant.get(resource.tenantId)
    if (own === undefined) {
      own = new Map()
      byTenant.set(resource.tenantId, own)
    }
    own.set(resource.fingerprint, resource)
  }
  return { tenantIds, resources, find: (tenantId, fingerprint) => byTenant.get(tenantId)?.get(fingerprint) }
}

/** Without the resources that are not `meant`. */
export function narrowed(
  selection: Selection,
  meant: ((resource: SelectedResource) => boolean) | undefined,
): Selection {
  if (meant === undefined) return selection
  return selectionOf(selection.tenantIds, selection.resources.filter(meant))
}

/** Resources with the same stream labels share one map: what follows is kept by its identity. */
class SharedLabels {
  readonly #known = new Map<string, Labels>()

  get(labels: Labels): Labels {
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(sorted)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made: Labels = new Map(sorted)
    this.#known.set(key, made)
    return made
  }
}

/** Rows of these resources, by what the primary key can use. */
export function ofSelection(store: LokiStore, { resources }: Selection): Fragment[] {
  const { logs } = store
  const apps = [...new Set(resources.map(({ appId }) => appId))]
  const fingerprints = [...new Set(resources.map(({ fingerprint }) => fingerprint))]
  return [
    ...(apps.length > APPS_BOUND_MAX ? [] : [sql`${logs.column('AppId')} IN ${bind('Array(String)', apps)}`]),
    isOneOf(logs.column('ResourceFingerprint'), fingerprints),
  ]
}
