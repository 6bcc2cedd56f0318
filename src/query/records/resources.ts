import { withinDays } from '../sql/conditions.ts'
import { sql } from '../sql/fragment.ts'
import type { Queries, Run } from '../sql/queries.ts'
import { isOneOf, select, type Tenants } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import { dayOf } from '../time.ts'
import { restoreAttributes } from './attributes.ts'

/** A row that belongs to a resource: its fingerprint, and the row's time in nanoseconds. */
export type ResourceOwner = {
  readonly fingerprint: string
  readonly time: string
  /** Whose it is, where several tenants are read at once. */
  readonly tenant?: string
}

/** A stored resource as ClickHouse sends it: attributes as parallel arrays. */
export type ResourceRow = {
  readonly tenant: string
  readonly fingerprint: string
  readonly schemaUrl: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
  readonly types: string
  readonly dropped: number
}

/** JSON of the resource of a row whose own is not stored. It always is, unless an operator deleted it. */
const NO_RESOURCE = '{"attributes":{}}'
const KNOWN_MAX = 10_000
/** Statements stay well below ClickHouse's limit on the length of a parameter. */
const ASKED_MAX = 1000

function jsonOf({ schemaUrl, keys, values, types, dropped }: ResourceRow): string {
  return JSON.stringify({
    ...restoreAttributes(keys, values, types),
    ...(schemaUrl === '' ? {} : { schemaUrl }),
    ...(dropped === 0 ? {} : { droppedAttributesCount: dropped }),
  })
}

/**
 * The resources of one answer's rows, each fetched once. A small lookup by key for the fingerprints that occur, rather
 * than a join: a join would read a tenant's whole `resources` for every page.
 */
export class KnownResources<Shape> {
  readonly #queries: Queries
  readonly #resources: Source
  readonly #tenantId: Tenants
  readonly #run: Run
  readonly #shape: (row: ResourceRow) => Shape
  /** Undefined: it is not stored. */
  readonly #known = new Map<string, Shape | undefined>()

  constructor(
    queries: Queries,
    resources: Source,
    tenantId: Tenants,
    run: Run,
    shape: (row: ResourceRow) => Shape,
  ) {
    this.#queries = queries
    this.#resources = resources
    this.#tenantId = tenantId
    this.#run = run
    this.#shape = shape
  }

  /** Makes `of` know every resource of `rows`. */
  async learn(rows: ReadonlyArray<ResourceOwner>): Promise<void> {
    if (this.#known.size > KNOWN_MAX) this.#known.clear()
    const unknown = new Map<string, ResourceOwner[]>()
    for (const row of rows) {
      if (this.#known.has(this.#keyOf(row))) continue
      const same = unknown.get(row.fingerprint)
      if (same) same.push(row)
      else unknown.set(row.fingerprint, [row])
    }
    const fingerprints = [...unknown.keys()]
    for (let i = 0; i < fingerprints.length; i += ASKED_MAX) {
      const asked = fingerprints.slice(i, i + ASKED_MAX)
      await this.#fetch(
        asked,
        asked.flatMap((fingerprint) => unknown.get(fingerprint)!),
      )
    }
  }

  /** `tenant`: whose it is, where several are read at once. */
  of(fingerprint: string, tenant?: string): Shape | undefined {
    return this.#known.get(this.#keyOf({ fingerprint, ...(tenant === undefined ? {} : { tenant }) }))
  }

  /** Of one tenant, the fingerprint says it all. */
  #keyOf({ fingerprint, tenant = '' }: Pick<ResourceOwner, 'fingerprint' | 'tenant'>): string {
    return typeof this.#tenantId === 'string' ? fingerprint : `${fingerprint} ${tenant}`
  }

  async #fetch(fingerprints: ReadonlyArray<string>, rows: ReadonlyArray<ResourceOwner>): Promise<void> {
    const { column } = this.#resources
    const days = rows.map((row) => dayOf(row.time))
    const fingerprint = column('ResourceFingerprint')
    const tenants = typeof this.#tenantId === 'string' ? 1 : this.#tenantId.length
    const statement = select({
      from: this.#resources,
      tenantId: this.#tenantId,
      columns: {
        tenant: column('TenantId'),
        fingerprint: sql`toString(${fingerprint})`,
        schemaUrl: column('SchemaUrl'),
        keys: sql`mapKeys(${column('Attributes')})`,
        values: sql`mapValues(${column('Attributes')})`,
        types: column('AttributeTypes'),
        dropped: column('DroppedAttributesCount'),
      },
      where: [
        isOneOf(fingerprint, fingerprints),
        ...withinDays(column('Day'), {
          first: days.reduce((a, b) => Math.min(a, b)),
          last: days.reduce((a, b) => Math.max(a, b)),
        }),
      ],
      limitBy: { rows: 1, by: sql`${column('TenantId')}, ${fingerprint}` },
      limit: fingerprints.length * tenants,
    })
    for (const row of await this.#queries.rows<ResourceRow>(statement, this.#run))
      this.#known.set(this.#keyOf(row), this.#shape(row))
    for (const row of rows)
      if (!this.#known.has(this.#keyOf(row))) this.#known.set(this.#keyOf(row), undefined)
  }
}

/** The same, each written as JSON once. */
export class PageResources extends KnownResources<string> {
  constructor(queries: Queries, resources: Source, tenantId: string, run: Run) {
    super(queries, resources, tenantId, run, jsonOf)
  }

  jsonOf(fingerprint: string): string {
    return this.of(fingerprint) ?? NO_RESOURCE
  }

  /** A record as a line of JSON, its resource last. */
  lineOf({ fingerprint }: Pick<ResourceOwner, 'fingerprint'>, record: object): string {
    return `${JSON.stringify(record).slice(0, -1)},"resource":${this.jsonOf(fingerprint)}}`
  }
}
