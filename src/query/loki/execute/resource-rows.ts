import { LRUCache } from 'lru-cache'
import { ApiError } from '../../errors.ts'
import type { Matcher } from '../../logql/ast.ts'
import { attributeValue, withinDays } from '../../sql/conditions.ts'
import { bind, type Fragment, join, sql } from '../../sql/fragment.ts'
import type { Run } from '../../sql/queries.ts'
import { isOneOf, select } from '../../sql/select.ts'
import type { Source } from '../../sql/source.ts'
import { dayOf } from '../../time.ts'
import {
  ALIAS_ATTRIBUTES,
  type Alias,
  type LabelMapping,
  type ResourceFacts,
  SERVICE_NAME,
} from './labels.ts'
import type { LokiStore } from './store.ts'

export type ResourceRow = ResourceFacts & { readonly tenantId: string; readonly fingerprint: string }

export type ResourceQuery = {
  readonly tenantIds: ReadonlyArray<string>
  readonly matchers: ReadonlyArray<Matcher>
  readonly startNs: bigint
  readonly endNs: bigint
  /** Only these. */
  readonly fingerprints?: ReadonlyArray<string>
}

/** Resources that one selector may choose among. */
const RESOURCES_MAX = 50_000
/** How long the resources of days that are over are taken for known; rows that come late make a day a little longer. */
const CLOSED_TTL_MS = 30_000
const CLOSED_AFTER_DAYS = 2
const CACHED_RESOURCES_MAX = 100_000
const DAY_MS = 86_400_000

function tooMany(): ApiError {
  return new ApiError(
    'query_too_large',
    `The selector chooses among more than ${RESOURCES_MAX} resources: add an = matcher (service_name, k8s_namespace_name, …) or narrow the time range.`,
  )
}

/** Reads `resources` by day. Those of days long over are remembered for a moment; today's are always asked for. */
export class ResourceReader {
  readonly #store: LokiStore
  readonly #nowMs: () => number
  readonly #closed = new LRUCache<string, ReadonlyArray<ResourceRow>>({
    max: 1000,
    maxSize: CACHED_RESOURCES_MAX,
    sizeCalculation: (rows) => rows.length + 1,
    ttl: CLOSED_TTL_MS,
  })

  constructor(store: LokiStore, nowMs: () => number) {
    this.#store = store
    this.#nowMs = nowMs
  }

  /** Of a fingerprint that has rows on several days, one or two. Throws ApiError where there are too many. */
  async read(query: ResourceQuery, run: Run): Promise<ReadonlyArray<ResourceRow>> {
    const first = dayOf(String(query.startNs))
    const last = dayOf(String(query.endNs))
    const open = Math.max(first, Math.floor(this.#nowMs() / DAY_MS) - CLOSED_AFTER_DAYS)
    const narrowed = narrowing(this.#store, query.matchers)
    if (query.fingerprints !== undefined) return this.#read(query, narrowed, first, last, run)
    if (open > last) return this.#readClosed(query, narrowed, first, last, run)
    const today = await this.#read(query, narrowed, open, last, run)
    if (open === first) return today
    return [...(await this.#readClosed(query, narrowed, first, open - 1, run)), ...today]
  }

  async #readClosed(
    query: ResourceQuery,
    narrowed: Narrowing,
    first: number,
    last: number,
    run: Run,
  ): Promise<ReadonlyArray<ResourceRow>> {
    const key = JSON.stringify([query.tenantIds, first, last, narrowed.key])
    const known = this.#closed.get(key)
    if (known !== undefined) return known
    const rows = await this.#read(query, narrowed, first, last, run)
    this.#closed.set(key, rows)
    return rows
  }

  async #read(
    { tenantIds, fingerprints }: ResourceQuery,
    { conditions }: Narrowing,
    first: number,
    last: number,
    run: Run,
  ): Promise<ResourceRow[]> {
    const { column } = this.#store.resources
    const fingerprint = column('ResourceFingerprint')
    const statement = select({
      from: this.#store.resources,
      tenantId: tenantIds.length === 1 ? tenantIds[0]! : tenantIds,
      columns: {
        tenantId: column('TenantId'),
        fingerprint: sql`toString(${fingerprint})`,
        appId: column('AppId'),
        keys: sql`mapKeys(${column('Attributes')})`,
        values: sql`mapValues(${column('Attributes')})`,
        dropped: column('DroppedAttributesCount'),
      },
      where: [
        ...withinDays(column('Day'), { first, last }),
        ...(fingerprints === undefined ? [] : [isOneOf(fingerprint, fingerprints)]),
        ...conditions,
      ],
      limitBy: { rows: 1, by: sql`${column('TenantId')}, ${fingerprint}` },
      limit: RESOURCES_MAX + 1,
    })
    const rows: ResourceRow[] = []
    for await (const chunk of this.#store.queries.stream<ResourceRow>(statement, run))
      for (const row of chunk) rows.push(row)
    if (rows.length > RESOURCES_MAX) throw tooMany()
    return rows
  }
}

/** Conditions that no wanted resource fails, and a text that only equal ones have. */
type Narrowing = { readonly conditions: ReadonlyArray<Fragment>; readonly key: string }

/** Most selectors fix a label by `=`: then a tenant's other resources need not be read. */
function narrowing({ resources, labels }: LokiStore, matchers: ReadonlyArray<Matcher>): Narrowing {
  const conditions: Fragment[] = []
  const used: string[] = []
  for (const { name, op, value } of matchers) {
    if (op !== '=' || value === '') continue
    const condition = narrowedBy(resources, labels, name, value)
    if (condition === undefined) continue
    conditions.push(condition)
    used.push(name, value)
  }
  return { conditions, key: JSON.stringify(used) }
}

function narrowedBy(
  resources: Source,
  labels: LabelMapping,
  name: string,
  value: string,
): Fragment | undefined {
  const attributes = labels.attributesOf(name)
  if (attributes === undefined) return undefined
  const attribute = (key: string): Fragment => attributeValue(resources.column('Attributes'), key)
  const is = (keys: ReadonlyArray<string>): Fragment[] =>
    keys.map((key) => sql`${attribute(key)} = ${bind('String', value)}`)
  if (name === SERVICE_NAME && labels.options.derivedLabels)
    return join([...is(attributes), ...attributes.map((key) => sql`${attribute(key)} = ''`), sql`0`], ' OR ')
  if (attributes.length > 0) return join(is(attributes), ' OR ')
  if (!labels.options.labelAliases) return undefined
  if (name === 'app') return sql`${resources.column('AppId')} = ${bind('String', value)}`
  const aliased = ALIAS_ATTRIBUTES[name as Exclude<Alias, 'app'>] as ReadonlyArray<string> | undefined
  return aliased === undefined ? undefined : join(is(aliased), ' OR ')
}
