import { LRUCache } from 'lru-cache'
import { bind, sql } from '../../sql/fragment.ts'
import { isOneOf, select } from '../../sql/select.ts'
import type { TenantRun } from './store.ts'

/** Labels of every series of a resource. Those that say which target it was stand above attributes of their names. */
export type LabelsOfResource = {
  readonly target: ReadonlyArray<readonly [string, string]>
  readonly promoted: ReadonlyArray<readonly [string, string]>
}
export type ResourceAttributes = {
  readonly fingerprint: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
}

const NONE: LabelsOfResource = { target: [], promoted: [] }
const TARGET_ATTRIBUTES = ['service.name', 'service.namespace', 'service.instance.id'] as const
const CACHED_RESOURCES_MAX = 100_000
/** Of one statement: each is a number of a set that it looks up. */
const FINGERPRINTS_MAX = 20_000

export type ResourceLabelOptions = {
  readonly promoted: ReadonlyArray<string>
  readonly label: (attribute: string) => string
}

/** Knows what the resources of series add to their labels. A fingerprint stands for its attributes: what is known stays true. */
export class ResourceLabels {
  readonly #options: ResourceLabelOptions
  readonly #known = new LRUCache<string, LabelsOfResource>({ max: CACHED_RESOURCES_MAX })

  constructor(options: ResourceLabelOptions) {
    this.#options = options
  }

  /** Labels that no attribute of a point decides alone: a selector of them is not looked up in points' attributes. */
  get names(): ReadonlySet<string> {
    return new Set(['job', 'instance', ...this.#options.promoted.map(this.#options.label)])
  }

  /** By fingerprint, of those that are stored. */
  async of(
    { store, tenantId, run }: TenantRun,
    fingerprints: ReadonlySet<string>,
  ): Promise<(fingerprint: string) => LabelsOfResource> {
    const found = new Map<string, LabelsOfResource>()
    const unknown: string[] = []
    for (const fingerprint of fingerprints) {
      const known = this.#known.get(keyOf(tenantId, fingerprint))
      if (known === undefined) unknown.push(fingerprint)
      else found.set(fingerprint, known)
    }
    const { column } = store.resources
    const fingerprint = column('ResourceFingerprint')
    const wanted = bind('Array(String)', [...TARGET_ATTRIBUTES, ...this.#options.promoted])
    const attributes = sql`mapFilter((k, v) -> has(${wanted}, k), ${column('Attributes')})`
    for (let i = 0; i < unknown.length; i += FINGERPRINTS_MAX) {
      const part = unknown.slice(i, i + FINGERPRINTS_MAX)
      const statement = select({
        from: store.resources,
        tenantId,
        columns: {
          fingerprint: sql`toString(${fingerprint})`,
          keys: sql`mapKeys(${attributes})`,
          values: sql`mapValues(${attributes})`,
        },
        where: [isOneOf(fingerprint, part)],
        limitBy: { rows: 1, by: fingerprint },
        limit: part.length,
      })
      for await (const rows of store.queries.stream<ResourceAttributes>(statement, run))
        for (const row of rows) {
          const labels = this.#labelsOf(row)
          found.set(row.fingerprint, labels)
          this.#known.set(keyOf(tenantId, row.fingerprint), labels)
        }
    }
    return (one) => found.get(one) ?? NONE
  }

  #labelsOf(row: ResourceAttributes): LabelsOfResource {
    const { promoted, label } = this.#options
    const value = firstValues(row)
    return {
      target: targetLabels(value),
      promoted: promoted.flatMap((attribute) => {
        const text = value.get(attribute) ?? ''
        return text === '' ? [] : [[label(attribute), text] as const]
      }),
    }
  }
}

const keyOf = (tenantId: string, fingerprint: string): string => `${tenantId}\u0000${fingerprint}`

/** Of a key that stands twice the first counts. */
export function firstValues({ keys, values }: Omit<ResourceAttributes, 'fingerprint'>): Map<string, string> {
  const first = new Map<string, string>()
  keys.forEach((key, i) => {
    if (!first.has(key)) first.set(key, values[i]!)
  })
  return first
}

/** `job` and `instance`: of whom the points are, as OpenTelemetry's compatibility specification has it. */
export function targetLabels(value: ReadonlyMap<string, string>): Array<readonly [string, string]> {
  const [service = '', namespace = '', instance = ''] = TARGET_ATTRIBUTES.map((name) => value.get(name))
  const job = namespace === '' ? service : `${namespace}/${service}`
  return [
    ...(service === '' ? [] : [['job', job] as const]),
    ...(instance === '' ? [] : [['instance', instance] as const]),
  ]
}
