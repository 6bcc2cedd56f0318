import { setTimeout as delay } from 'node:timers/promises'
import { sequenceAt } from '../../store/spool/sequence.ts'
import type { Positions, SeamPlace, TailEntry } from '../line.ts'
import type { Fillable, RowsBelow } from '../seam/holes/carried-hole.ts'
import type { ViewerSeam } from '../seam/viewer-seam.ts'
import type { BacklogPart, FeedQuery, FeedSink, Joined, Later, SourceFeed, Start } from '../source.ts'
import { Backlog, type BacklogParts, gapOf } from './backlog.ts'
import { untilRead } from './later.ts'
import { rangeOf } from './receive-time.ts'
import type { ReplicaMark } from './replicas.ts'
import type { Chunk } from './rows.ts'
import { byPlace, type StoredLines, type StoredQuery, type TakesStored } from './stored.ts'
import type { Upstream } from './upstream.ts'

/**
 * A gateway that nobody has heard of has stored nothing yet: it publishes its watermark before it inserts. What it numbers may
 * be lower than our own numbers, by as much as its clock is behind.
 */
const SKEW = sequenceAt(3_600_000)

/** Times of rows may differ from the stamps that they are sought by. */
const STAMP_SKEW_NS = 60_000_000_000n
/** How often it is looked whether polls have come far enough. */
const BEHIND_MS = 200

type PlaceOf = (container: string, stampNs: bigint, text: string) => SeamPlace

export type ReceiveFeedParts = BacklogParts & {
  readonly upstream: Upstream
  readonly marks: () => Promise<ReadonlyArray<ReplicaMark>>
}

/**
 * One query over what the gateways receive. This gateway's rows come as they become durable; those of the others are read
 * from ClickHouse once their watermark has passed them, so both come in the order of Seq, each once.
 */
export class ReceiveFeed implements SourceFeed {
  readonly ready: Promise<void>
  readonly base: bigint
  readonly #query: FeedQuery
  readonly #sink: FeedSink
  readonly #parts: ReceiveFeedParts
  /** Of the other gateways: told up to here. */
  readonly #replicas = new Map<string, bigint>()
  readonly #unfollow: () => void
  readonly #closed = new AbortController()
  #next: bigint
  /** Gateways that are not known then have published nothing, and are gone. */
  #isLearned = false

  constructor(query: FeedQuery, sink: FeedSink, parts: ReceiveFeedParts) {
    this.#query = query
    this.#sink = sink
    this.#parts = parts
    this.#unfollow = parts.upstream.follow((chunk) => this.#received(chunk))
    this.#next = parts.upstream.next
    this.base = this.#next - SKEW
    this.ready = this.#learn()
  }

  positions(): Positions {
    return new Map([...this.#replicas, [this.#parts.gatewayId, this.#next]])
  }

  join(start: Start, seam: ViewerSeam, signal: AbortSignal): Joined {
    const { upstream } = this.#parts
    const replicas = new Map(this.#replicas)
    const backlog = new Backlog(this.#parts, this.#query, {
      remembered: upstream.remembered,
      next: this.#next,
      readable: this.#parts.store.watermark.oldestSeq,
      replicas,
      base: this.base,
      evaluate: (chunk, from) =>
        this.#evaluate(chunk, from, (lane, ns) => seam.takesReceived(lane, ns), placeOf),
      seam,
    })
    const parts: AsyncIterable<BacklogPart> = { [Symbol.asyncIterator]: () => backlog.parts(start, signal) }
    return { backlog: parts, told: toldBefore(start, this.positions()) }
  }

  fill(hole: Fillable, { below, otherwise }: RowsBelow): Later {
    const { gatewayId, readable, stored, failed, linesMax, nowMs } = this.#parts
    return async (signal) => {
      // Rows that came before are not looked at as they come: all of them must be readable.
      await readable.below(below.get(gatewayId) ?? 0n, signal)
      await this.#othersReadable(below, signal)
      const { startNs, endNs } = within(hole, nowMs())
      const attempt = (): Promise<StoredLines> => {
        const misses = hole.missing()
        const asked: StoredQuery = {
          startNs: startNs > STAMP_SKEW_NS ? startNs - STAMP_SKEW_NS : 0n,
          endNs: endNs + STAMP_SKEW_NS,
          direction: 'forward',
          limit: linesMax,
          received: { before: below, otherwise },
          lane: hole.lane,
          takes: (lane, stampNs, text) =>
            misses(stampNs, text) && { container: lane, stampNs, side: 'stored', text },
        }
        return stored.read(this.#query, asked, signal)
      }
      const { entries, isCut } = await untilRead(attempt, signal, failed)
      const reason = `More than ${linesMax} lines are missing: ask for them in the history.`
      const parts: BacklogPart[] = entries.length > 0 ? [{ kind: 'entries', entries }] : []
      if (isCut) parts.push({ kind: 'gap', gap: { lane: hole.lane, fromNs: startNs, toNs: endNs, reason } })
      return parts
    }
  }

  close(): void {
    this.#closed.abort()
    this.#unfollow()
  }

  /** Rows of the other gateways that have become readable. Never rejects. */
  async poll(marks: ReadonlyArray<ReplicaMark>): Promise<void> {
    await this.ready
    const within = marks
      .map(({ gatewayId, oldestSeq }) => ({
        gatewayId,
        from: this.#replicas.get(gatewayId) ?? this.base,
        to: oldestSeq,
      }))
      .filter(({ from, to }) => from < to)
    if (within.length === 0 || this.#closed.signal.aborted) return
    const positions: Positions = new Map(within.map(({ gatewayId, to }) => [gatewayId, to]))
    const { stored, nowMs, linesMax } = this.#parts
    const { signal } = this.#closed
    const asked = {
      direction: 'forward' as const,
      limit: linesMax,
      received: { within },
      ...rangeOf(within, nowMs()),
      takes: this.#takes,
    }
    try {
      const { entries, isCut } = await stored.read(this.#query, asked, signal)
      signal.throwIfAborted()
      this.#tell(entries.sort(byPlace), positions)
      const reason = `More than ${linesMax} lines came from other gateways at once.`
      if (isCut) for (const range of within) this.#sink.gap(gapOf(range, reason))
    } catch (error) {
      // It is asked again: nothing was told.
      if (!signal.aborted) this.#parts.failed(error)
    }
  }

  #received(chunk: Chunk): void {
    const { seam } = this.#query
    const isWanted = (lane: string, ns: bigint): boolean => seam.isWanted(lane, ns)
    const entries = this.#evaluate(chunk, 0n, isWanted, this.#place)
    this.#next = chunk.lastSeq + 1n
    this.#sink.entries(entries, new Map([[this.#parts.gatewayId, this.#next]]))
  }

  #tell(entries: ReadonlyArray<TailEntry>, positions: Positions): void {
    for (const [lane, next] of positions) this.#replicas.set(lane, next)
    this.#sink.entries(entries, positions)
  }

  /** Of rows as they come in: each viewer chooses for itself afterwards. */
  readonly #takes: TakesStored = (lane, stampNs, text) => {
    const { seam } = this.#query
    return seam.isWanted(lane, stampNs) && this.#place(lane, stampNs, text)
  }

  /** Of a row that comes in: holes are asked about it once, not again for each who joins. */
  readonly #place: PlaceOf = (container, stampNs, text) => {
    const holes = this.#query.seam.holesOf(container, stampNs, text)
    return { container, stampNs, side: 'stored', holes }
  }

  /** Resolves once rows of the other gateways below these are readable; rejects when `signal` aborts. */
  async #othersReadable(below: Positions, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await this.ready
    const isBehind = ([lane, seq]: readonly [string, bigint]): boolean =>
      lane !== this.#parts.gatewayId && seq > (this.#replicas.get(lane) ?? (this.#isLearned ? seq : 0n))
    while ([...below].some(isBehind)) await delay(BEHIND_MS, undefined, { signal, ref: false })
  }

  /** What the query keeps of the rows at or above `from`; of lines of containers, those that are `wanted`. */
  #evaluate(
    chunk: Chunk,
    from: bigint,
    wanted: (lane: string, stampNs: bigint) => boolean,
    place: PlaceOf,
  ): TailEntry[] {
    const { tenantIds, labelTenants, isMeant, evaluate } = this.#query
    const entries: TailEntry[] = []
    if (!tenantIds.some((tenantId) => chunk.tenantIds.has(tenantId))) return entries
    const meant = new Map<number, boolean>()
    for (const row of chunk.rows) {
      if (row.seq < from) continue
      let isWanted = meant.get(row.resource)
      if (isWanted === undefined) {
        isWanted =
          tenantIds.includes(chunk.tenantOf(row.resource)) &&
          isMeant(chunk.labelsOf(row.resource, labelTenants))
        meant.set(row.resource, isWanted)
      }
      if (!isWanted) continue
      const container = chunk.containerOf(row)
      if (container !== undefined && !wanted(container.lane, container.stampNs)) continue
      const record = chunk.recordOf(row, labelTenants)
      const entry = evaluate(record, container && place(container.lane, container.stampNs, record.line))
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  async #learn(): Promise<void> {
    try {
      // A mark above the base is of a gateway whose clock is ahead: nothing of it is readable that is not history.
      for (const { gatewayId, oldestSeq } of await this.#parts.marks())
        this.#replicas.set(gatewayId, oldestSeq)
      this.#isLearned = true
    } catch (error) {
      this.#parts.failed(error)
    }
  }
}

const placeOf: PlaceOf = (container, stampNs) => ({ container, stampNs, side: 'stored' })

/** The stamps of a hole, up to now where it has no end. */
function within({ range: { startNs, endNs } }: Fillable, nowMs: number): Fillable['range'] {
  const now = rangeOf([], nowMs)
  return { startNs, endNs: endNs < now.endNs ? endNs : now.endNs }
}

/** Lanes that the viewer knows further than the feed: its live lines below that are old news. */
function toldBefore(start: Start, feed: Positions): Positions {
  if (start.kind !== 'resume') return new Map()
  return new Map([...start.positions].filter(([lane, next]) => next > (feed.get(lane) ?? 0n)))
}
