import type { ResourceFacts } from '../../../query/loki/execute/labels.ts'
import { seqConditions } from '../../../query/loki/execute/seq-bounds.ts'
import { attributeValue, instant, withinDays } from '../../../query/sql/conditions.ts'
import { bind, type Fragment, sql } from '../../../query/sql/fragment.ts'
import type { Queries, Run } from '../../../query/sql/queries.ts'
import { isOneOf, select } from '../../../query/sql/select.ts'
import type { Source } from '../../../query/sql/source.ts'
import type { Positions } from '../../line.ts'
import type { ContainerLines } from '../../seam/container-lines.ts'

/** What is stored of one container: its resource, and under which fingerprints its rows stand. */
export type StoredContainer = {
  readonly tenantId: string
  readonly facts: ResourceFacts
  readonly fingerprints: ReadonlyArray<string>
}

export type StoredContainersParts = {
  readonly queries: Queries
  readonly logs: Source
  readonly resources: Source
  readonly containers: ContainerLines
  readonly nowMs: () => number
}

type ResourceRow = ResourceFacts & {
  readonly tenantId: string
  readonly fingerprint: string
  readonly day: number
}

const DAY_MS = 86_400_000
/** A container that has written nothing for so long is labelled as a new one. */
const DAYS_BACK = 7
const ROWS_MAX = 50_000
const UIDS_PER_STATEMENT = 1000
const RESTART_COUNT = 'k8s.container.restart_count'

/** What ClickHouse knows of containers that run. */
export class StoredContainers {
  readonly #parts: StoredContainersParts

  constructor(parts: StoredContainersParts) {
    this.#parts = parts
  }

  /** By lane, those of these pods that have stored rows. */
  async read(
    tenantIds: ReadonlyArray<string>,
    podUids: ReadonlyArray<string>,
    run: Run,
  ): Promise<Map<string, StoredContainer>> {
    const best = new Map<string, { row: ResourceRow; readonly fingerprints: Set<string> }>()
    for (let at = 0; at < podUids.length; at += UIDS_PER_STATEMENT)
      for (const row of await this.#resources(tenantIds, podUids.slice(at, at + UIDS_PER_STATEMENT), run)) {
        const lane = this.#parts.containers.laneOf(row.keys, row.values)
        if (lane === undefined) continue
        const known = best.get(lane)
        if (known === undefined) best.set(lane, { row, fingerprints: new Set([row.fingerprint]) })
        else {
          known.fingerprints.add(row.fingerprint)
          if (isBetter(row, known.row)) known.row = row
        }
      }
    return new Map(
      [...best].map(([lane, { row, fingerprints }]) => [
        lane,
        { tenantId: row.tenantId, facts: row, fingerprints: [...fingerprints] },
      ]),
    )
  }

  /**
   * By fingerprint, the newest stamp (nanoseconds) since `startNs` of rows that all gateways have stored up to: those below the
   * mark of their gateway, of others below `otherwise`.
   */
  async newest(
    tenantIds: ReadonlyArray<string>,
    fingerprints: ReadonlyArray<string>,
    bounds: { readonly startNs: bigint; readonly before: Positions; readonly otherwise: bigint },
    run: Run,
  ): Promise<Map<string, bigint>> {
    const { logs, queries } = this.#parts
    if (fingerprints.length === 0) return new Map()
    const fingerprint = logs.column('ResourceFingerprint')
    const statement = select({
      from: logs,
      tenantId: ofTenants(tenantIds),
      columns: {
        fingerprint: sql`toString(${fingerprint})`,
        newest: sql`toString(toUnixTimestamp64Nano(max(${logs.column('SourceTime')})))`,
      },
      where: [
        isOneOf(fingerprint, fingerprints),
        sql`${logs.column('Timestamp')} >= ${instant(bounds.startNs)}`,
        ...seqConditions(logs, bounds),
      ],
      groupBy: [fingerprint],
      limit: ROWS_MAX,
    })
    const rows = await queries.rows<{ readonly fingerprint: string; readonly newest: string }>(statement, run)
    return new Map(rows.map((row) => [row.fingerprint, BigInt(row.newest)]))
  }

  async #resources(
    tenantIds: ReadonlyArray<string>,
    podUids: ReadonlyArray<string>,
    run: Run,
  ): Promise<ResourceRow[]> {
    const { resources, queries, nowMs } = this.#parts
    const { column } = resources
    const today = Math.floor(nowMs() / DAY_MS)
    const attributes = column('Attributes')
    const statement = select({
      from: resources,
      tenantId: ofTenants(tenantIds),
      columns: {
        tenantId: column('TenantId'),
        fingerprint: sql`toString(${column('ResourceFingerprint')})`,
        day: sql`toUInt32(${column('Day')})`,
        appId: column('AppId'),
        keys: sql`mapKeys(${attributes})`,
        values: sql`mapValues(${attributes})`,
        dropped: column('DroppedAttributesCount'),
      },
      where: [
        // The day after: clocks of nodes may be ahead.
        ...withinDays(column('Day'), { first: today - DAYS_BACK, last: today + 1 }),
        hasAnyValue(attributes, 'k8s.pod.uid', podUids),
      ],
      orderBy: [sql`${column('Day')} DESC`],
      limitBy: { rows: 1, by: sql`${column('TenantId')}, ${column('ResourceFingerprint')}` },
      limit: ROWS_MAX,
    })
    return queries.rows<ResourceRow>(statement, run)
  }
}

const ofTenants = (tenantIds: ReadonlyArray<string>): string | ReadonlyArray<string> =>
  tenantIds.length === 1 ? tenantIds[0]! : tenantIds

function hasAnyValue(attributes: Fragment, key: string, values: ReadonlyArray<string>): Fragment {
  return sql`has(${bind('Array(String)', values)}, ${attributeValue(attributes, key)})`
}

/** All replicas choose the same: the newest day, the newest instance, the one that says most, then any order. */
function isBetter(a: ResourceRow, b: ResourceRow): boolean {
  if (a.day !== b.day) return a.day > b.day
  const [restartsA, restartsB] = [restartsOf(a), restartsOf(b)]
  if (restartsA !== restartsB) return restartsA > restartsB
  if (a.keys.length !== b.keys.length) return a.keys.length > b.keys.length
  return a.fingerprint < b.fingerprint
}

const restartsOf = ({ keys, values }: ResourceFacts): number =>
  Number(values[keys.indexOf(RESTART_COUNT)] ?? 0) || 0
