import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Config } from '../../../config/schema.ts'
import { queryLimits } from '../../../query/http/query-limits.ts'
import type { Run } from '../../../query/sql/queries.ts'
import type { Positions } from '../../line.ts'
import { NANOS_PER_SECOND } from '../../seam/mark.ts'
import type { FeedQuery } from '../../source.ts'
import type { StoredContainer, StoredContainers } from './stored-containers.ts'

export type KnownContainersParts = {
  readonly containers: StoredContainers
  readonly query: Config['query']
  /** Up to where rows of all gateways are stored. */
  readonly readable: () => Promise<{ readonly before: Positions; readonly otherwise: bigint }>
  readonly nowMs: () => number
}

const TTL_MS = 15_000
const TENANTS_MAX = 500
const TIMEOUT_MS = 3000
/** A container whose newest row is older starts as one without rows: its log is read from where it is asked for. */
const NEWEST_BACK_NS = 6n * 3600n * NANOS_PER_SECOND

/** What is stored of containers, asked for once in a while whatever the number of feeds. */
export class KnownContainers {
  readonly #parts: KnownContainersParts
  readonly #known = new LRUCache<string, Promise<ReadonlyMap<string, StoredContainer>>>({
    max: TENANTS_MAX,
    ttl: TTL_MS,
  })

  constructor(parts: KnownContainersParts) {
    this.#parts = parts
  }

  stored(
    cluster: string,
    { tenantIds }: FeedQuery,
    podUids: ReadonlyArray<string>,
  ): Promise<ReadonlyMap<string, StoredContainer>> {
    const key = JSON.stringify([cluster, ...tenantIds])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const read =
      tenantIds.length === 0
        ? Promise.resolve(new Map<string, StoredContainer>())
        : this.#parts.containers.read(tenantIds, podUids, this.#run(tenantIds))
    this.#known.set(key, read)
    read.catch(() => {
      if (this.#known.peek(key) === read) this.#known.delete(key)
    })
    return read
  }

  /** By lane, the newest stored stamp since `startNs` of those containers. */
  async newest(
    { tenantIds }: FeedQuery,
    containers: ReadonlyMap<string, StoredContainer>,
    startNs: bigint,
  ): Promise<ReadonlyMap<string, bigint>> {
    const fingerprints = [...containers.values()].flatMap((container) => container.fingerprints)
    if (fingerprints.length === 0) return new Map()
    const earliest = BigInt(this.#parts.nowMs()) * 1_000_000n - NEWEST_BACK_NS
    const bounds = { ...(await this.#parts.readable()), startNs: startNs > earliest ? startNs : earliest }
    const { containers: stored } = this.#parts
    const byFingerprint = await stored.newest(tenantIds, fingerprints, bounds, this.#run(tenantIds))
    const newest = new Map<string, bigint>()
    for (const [lane, container] of containers)
      for (const fingerprint of container.fingerprints) {
        const ns = byFingerprint.get(fingerprint)
        if (ns !== undefined && ns > (newest.get(lane) ?? 0n)) newest.set(lane, ns)
      }
    return newest
  }

  #run(tenantIds: ReadonlyArray<string>): Run {
    return {
      requestId: `tail-${randomUUID()}`,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      limits: queryLimits(this.#parts.query, tenantIds),
    }
  }
}
