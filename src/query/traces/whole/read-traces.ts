import { KnownResources, type ResourceRow } from '../../records/resources.ts'
import type { Days } from '../../sql/conditions.ts'
import type { Run } from '../../sql/queries.ts'
import type { Tenants } from '../../sql/select.ts'
import { spanSizeOf } from '../span-record.ts'
import { type TenantSpanRow, tracesStatement } from '../span-statement.ts'
import type { TracesStore } from '../store.ts'
import { ASKED_MAX } from '../summaries.ts'
import { findTimes } from '../trace-times.ts'
import type { TraceBounds } from './bounds.ts'

/** A trace as it is stored. */
export type StoredTrace = {
  /** 32 hex digits. */
  readonly traceId: string
  /** Oldest first; at least one. */
  readonly spans: ReadonlyArray<TenantSpanRow>
  /** Later spans are stored, but were too many. */
  readonly isCut: boolean
}

export type TracesWanted = {
  readonly tenantId: Tenants
  /** 32 hex digits each. */
  readonly traceIds: ReadonlyArray<string>
  /** When they were, if that is known. */
  readonly days?: Days | undefined
}

export type StoredTraces = {
  /** In the order in which they were asked for; those that are not stored are missing. */
  readonly traces: ReadonlyArray<StoredTrace>
  /** Undefined where an operator deleted it. */
  readonly resourceOf: (span: TenantSpanRow) => ResourceRow | undefined
}

/** Reads traces whole, as far as the bounds allow. Of several tenants, spans with one trace id are one trace. */
export async function readTraces(
  store: TracesStore,
  { tenantId, traceIds, days }: TracesWanted,
  { spansMax, bytesMax }: TraceBounds,
  run: Run,
): Promise<StoredTraces> {
  const gathered = new Gathered(Math.max(1, Math.floor(spansMax / Math.max(1, traceIds.length))), bytesMax)
  for (let i = 0; i < traceIds.length && !gathered.isFull; i += ASKED_MAX) {
    const asked = traceIds.slice(i, i + ASKED_MAX)
    const times = await findTimes(store, tenantId, asked, run, days)
    if (times === undefined) continue
    const { range } = times
    const query = { tenantId, traceIds: asked, range, rowsEach: gathered.spansEach + 1 }
    for await (const chunk of store.queries.stream<TenantSpanRow>(tracesStatement(store.spans, query), run)) {
      for (const row of chunk) gathered.add(row)
      if (gathered.isFull) break
    }
  }
  const traces = traceIds.flatMap((traceId) => gathered.traceOf(traceId))
  const resources = new KnownResources(store.queries, store.resources, tenantId, run, (row) => row)
  await resources.learn(traces.flatMap(({ spans }) => spans))
  return { traces, resourceOf: ({ fingerprint, tenant }) => resources.of(fingerprint, tenant) }
}

/** Spans by trace, up to the bounds. */
class Gathered {
  readonly spansEach: number
  readonly #bytesMax: number
  readonly #byTrace = new Map<string, TenantSpanRow[]>()
  #bytes = 0

  constructor(spansEach: number, bytesMax: number) {
    this.spansEach = spansEach
    this.#bytesMax = bytesMax
  }

  /** No more is held: any trace may lack spans. */
  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax
  }

  add(row: TenantSpanRow): void {
    if (this.isFull) return
    this.#bytes += spanSizeOf(row)
    const spans = this.#byTrace.get(row.traceId)
    if (spans === undefined) this.#byTrace.set(row.traceId, [row])
    else spans.push(row)
  }

  traceOf(traceId: string): StoredTrace[] {
    const spans = this.#byTrace.get(traceId)
    if (spans === undefined) return []
    const isCut = this.isFull || spans.length > this.spansEach
    return [{ traceId, spans: spans.slice(0, this.spansEach), isCut }]
  }
}
