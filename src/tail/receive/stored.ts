import type { StoredRecord } from '../../query/loki/execute/rows.ts'
import type { SeqBounds } from '../../query/loki/execute/seq-bounds.ts'
import type { Entry, LogsQuery, LokiExecutor, QueryRun } from '../../query/loki/execute/types.ts'
import type { SeamPlace, TailEntry } from '../line.ts'
import type { ContainerLines } from '../seam/container-lines.ts'
import type { FeedQuery } from '../source.ts'

export type StoredLines = {
  /** In the order in which they were read; at most `limit` and about `bytesMax`. */
  readonly entries: TailEntry[]
  /** There were more: past `limit`, or past what is held at once. */
  readonly isCut: boolean
}

export type StoredQuery = {
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: 'forward' | 'backward'
  readonly limit: number
  readonly received: SeqBounds
  /** Of lines of containers: those that are meant. Without it all are. */
  readonly takes?: TakesStored | undefined
  /** Nothing but lines of this container. */
  readonly lane?: string
}

/** Is a stored row of a container's line meant, and how is it placed? `text` is the line as it is stored. */
export type TakesStored = (lane: string, stampNs: bigint, text: string) => SeamPlace | boolean

/** What one viewer may hold of its past while it reads; labels are shared or small. */
const BYTES_MAX = 1024 * 1024
const LABELS_BYTES = 200

/** Reads stored lines of a feed, a few reads at once: what tails read takes nothing from the budget of queries. */
export class StoredReader {
  readonly #executor: LokiExecutor
  readonly #runOf: (tenantIds: ReadonlyArray<string>, signal: AbortSignal) => QueryRun
  readonly #containers: ContainerLines | undefined
  readonly #waiting: Array<() => void> = []
  #free: number

  /** `containers`: of clusters that are followed. */
  constructor(
    executor: LokiExecutor,
    runOf: (tenantIds: ReadonlyArray<string>, signal: AbortSignal) => QueryRun,
    readsMax: number,
    containers?: ContainerLines,
  ) {
    this.#executor = executor
    this.#runOf = runOf
    this.#free = readsMax
    this.#containers = containers
  }

  /** Throws what the executor throws, or the signal's reason. */
  async read(
    { tenantIds, askedTenantIds, expr }: FeedQuery,
    asked: StoredQuery,
    signal: AbortSignal,
  ): Promise<StoredLines> {
    const entries: TailEntry[] = []
    if (tenantIds.length === 0 || asked.limit === 0) return { entries, isCut: false }
    await this.#enter()
    try {
      signal.throwIfAborted()
      const { limit, takes, lane, ...range } = asked
      const places = new WeakMap<StoredRecord, SeamPlace>()
      let bytes = 0
      // One more than wanted: it alone says that there are more.
      const keep = this.#keeping(takes, lane, places)
      const ofResource = lane === undefined ? undefined : this.#ofLane(lane)
      const query = { ...range, tenantIds: askedTenantIds, expr, keep, ofResource, limit: limit + 1 }
      for await (const batch of this.#executor.runLogs(query, this.#runOf(tenantIds, signal)))
        for (const entry of batch) {
          if (entries.length === limit || bytes > BYTES_MAX) return { entries, isCut: true }
          bytes += entry.line.length + LABELS_BYTES
          entries.push(placed(entry, entry.stored && places.get(entry.stored)))
        }
      return { entries, isCut: false }
    } finally {
      this.#leave()
    }
  }

  #ofLane(lane: string): LogsQuery['ofResource'] {
    return ({ facts }) => this.#containers?.laneOf(facts.keys, facts.values) === lane
  }

  /** Undefined where all records are meant. */
  #keeping(
    takes: TakesStored | undefined,
    only: string | undefined,
    places: WeakMap<StoredRecord, SeamPlace>,
  ): LogsQuery['keep'] {
    const containers = this.#containers
    if (containers === undefined || takes === undefined) return undefined
    const lanes = new Map<StoredRecord['resource'], string | undefined>()
    return (record) => {
      const { resource, row } = record
      if (!lanes.has(resource))
        lanes.set(resource, containers.laneOf(resource.facts.keys, resource.facts.values))
      const lane = lanes.get(resource)
      if (lane === undefined || !containers.isRead(row.keys)) return only === undefined
      const taken = takes(lane, BigInt(row.sourceTime!), row.body)
      if (typeof taken === 'boolean') return taken
      places.set(record, taken)
      return true
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

function placed(entry: Entry, seam: SeamPlace | undefined): TailEntry {
  const { timeHigh, timeLow, line, stream, metadata, parsed, tenantId, position } = entry
  return {
    timeHigh,
    timeLow,
    line,
    stream,
    metadata,
    parsed,
    tenantId,
    lane: position.gatewayId,
    seq: position.seq,
    seam,
  }
}

/** Lanes one after the other, each in the order of receipt. */
export function byPlace(a: TailEntry, b: TailEntry): number {
  if (a.lane !== b.lane) return a.lane < b.lane ? -1 : 1
  return a.seq < b.seq ? -1 : 1
}
