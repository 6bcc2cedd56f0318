import { ApiError } from '../../query/errors.ts'
import type { SeqRange } from '../../query/loki/execute/seq-bounds.ts'
import type { Gap, Positions, TailEntry } from '../line.ts'
import { lowest } from '../lowest.ts'
import type { ViewerSeam } from '../seam/viewer-seam.ts'
import type { BacklogPart, FeedQuery, Later, Start } from '../source.ts'
import { untilRead } from './later.ts'
import type { Readable } from './readable.ts'
import { NANOS_PER_MS, rangeOf, receivedNs, timeOf } from './receive-time.ts'
import type { Chunk } from './rows.ts'
import { byPlace, type StoredLines, type StoredQuery, type StoredReader } from './stored.ts'
import type { ReceivingStore } from './upstream.ts'

export type BacklogParts = {
  readonly gatewayId: string
  readonly store: Pick<ReceivingStore, 'watermark'>
  readonly stored: StoredReader
  readonly readable: Readable
  readonly linesMax: number
  readonly catchUpMsMax: number
  readonly nowMs: () => number
  /** For the log. */
  readonly failed: (error: unknown) => void
}

/** How things stood when a viewer came. */
export type Standing = {
  /** This gateway's newest rows, all of them from `from` on. */
  readonly remembered: { readonly from: bigint; readonly chunks: ReadonlyArray<Chunk> }
  /** Of this gateway: rows from here on come live. */
  readonly next: bigint
  /** Of this gateway: rows below are in ClickHouse. */
  readonly readable: bigint
  /** Of the other gateways: rows from here on come live, those below are in ClickHouse. */
  readonly replicas: Positions
  /** The same of gateways that nothing is known of. */
  readonly base: bigint
  readonly evaluate: (chunk: Chunk, from: bigint) => TailEntry[]
  /** Of the viewer. */
  readonly seam: ViewerSeam
}

const NOT_READABLE = 'Stored lines can not be read now.'

/**
 * The way of one viewer from where it starts to the lines that come live. Everything is cut by Seq: what ClickHouse is asked
 * for lies below the cut, what comes live at or above it, so no line is told twice and none is missed, however commits,
 * inserts and reads interleave (docs/adr/0016-tail-hub.md).
 */
export class Backlog {
  readonly #parts: BacklogParts
  readonly #query: FeedQuery
  readonly #standing: Standing

  constructor(parts: BacklogParts, query: FeedQuery, standing: Standing) {
    this.#parts = parts
    this.#query = query
    this.#standing = standing
  }

  async *parts(start: Start, signal: AbortSignal): AsyncGenerator<BacklogPart, void, undefined> {
    if (start.kind === 'now') return
    if (start.kind === 'history') {
      const { readable, next } = this.#standing
      const from = lowest(readable, next)
      yield* this.#history(start, from, signal)
      yield* this.#own(from, signal)
      return
    }
    yield* this.#others(start.positions, start.base, signal)
    yield* this.#own(start.positions.get(this.#parts.gatewayId) ?? start.base, signal)
  }

  async *#history(
    { startNs, limit, isAll }: Extract<Start, { kind: 'history' }>,
    below: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<BacklogPart, void, undefined> {
    const { gatewayId, nowMs } = this.#parts
    const { replicas, base } = this.#standing
    const { endNs } = rangeOf([], nowMs())
    const before = new Map([...replicas, [gatewayId, below]])
    const asked = {
      startNs,
      endNs,
      direction: 'backward' as const,
      limit,
      received: { before, otherwise: base },
    }
    const gap = (toNs: bigint, reason: string, later?: Later): BacklogPart => ({
      kind: 'gap',
      gap: { lane: gatewayId, fromNs: startNs, toNs, reason },
      later,
    })
    const partsOf = ({ entries, isCut }: StoredLines): BacklogPart[] => {
      const [first] = entries.reverse()
      if (first === undefined) return []
      const left = `More than ${entries.length} lines are stored: the older ones are left out.`
      const isShort = isCut && (isAll || entries.length < limit)
      return [...(isShort ? [gap(timeOf(first), left)] : []), { kind: 'entries', entries }]
    }
    const read = await this.#read(asked, signal)
    if (read !== undefined) yield* partsOf(read)
    else
      yield gap(BigInt(nowMs()) * NANOS_PER_MS, NOT_READABLE, async (open) =>
        partsOf(await this.#readLater(asked, open)),
      )
  }

  /** Rows of other gateways that the viewer does not know yet. */
  async *#others(
    told: Positions,
    base: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<BacklogPart, void, undefined> {
    const { replicas, base: ownBase } = this.#standing
    const lanes = new Set([...replicas.keys(), ...told.keys()])
    lanes.delete(this.#parts.gatewayId)
    const within = [...lanes]
      .map((gatewayId) => ({
        gatewayId,
        from: told.get(gatewayId) ?? base,
        to: replicas.get(gatewayId) ?? ownBase,
      }))
      .filter(({ from, to }) => from < to)
    if (within.length > 0) yield* this.#within(within, signal)
  }

  /** This gateway's rows from `from` on: from ClickHouse once they are there, then those that are remembered. */
  async *#own(from: bigint, signal: AbortSignal): AsyncGenerator<BacklogPart, void, undefined> {
    const { gatewayId, readable, catchUpMsMax } = this.#parts
    const { remembered, evaluate } = this.#standing
    if (from < remembered.from) {
      const range = { gatewayId, from, to: remembered.from }
      const patience = AbortSignal.any([signal, AbortSignal.timeout(catchUpMsMax)])
      if (await readable.below(remembered.from, patience)) yield* this.#within([range], signal)
      else
        yield {
          kind: 'gap',
          gap: gapOf(range, 'Received lines are not in ClickHouse yet: they follow once they are.'),
          later: async (open) => {
            await readable.below(remembered.from, open)
            open.throwIfAborted()
            return this.#partsWithin([range], await this.#readLater(this.#asked([range]), open))
          },
        }
    }
    for (const chunk of remembered.chunks) {
      if (chunk.lastSeq < from) continue
      const entries = evaluate(chunk, from)
      if (entries.length > 0) yield { kind: 'entries', entries }
    }
  }

  async *#within(
    ranges: ReadonlyArray<SeqRange>,
    signal: AbortSignal,
  ): AsyncGenerator<BacklogPart, void, undefined> {
    const asked = this.#asked(ranges)
    const read = await this.#read(asked, signal)
    if (read !== undefined) {
      yield* this.#partsWithin(ranges, read)
      return
    }
    // All ranges are read at once, whatever gap they are announced by.
    const later: Later = async (open) => this.#partsWithin(ranges, await this.#readLater(asked, open))
    for (const [index, range] of ranges.entries())
      yield { kind: 'gap', gap: gapOf(range, NOT_READABLE), later: index === 0 ? later : undefined }
  }

  #asked(ranges: ReadonlyArray<SeqRange>): StoredQuery {
    const { linesMax, nowMs } = this.#parts
    return {
      ...rangeOf(ranges, nowMs()),
      direction: 'forward',
      limit: linesMax,
      received: { within: ranges },
    }
  }

  #partsWithin(ranges: ReadonlyArray<SeqRange>, { entries, isCut }: StoredLines): BacklogPart[] {
    const reason = `More than ${this.#parts.linesMax} lines came meanwhile.`
    return [
      ...(entries.length > 0 ? [{ kind: 'entries' as const, entries: entries.sort(byPlace) }] : []),
      ...(isCut ? ranges.map((range) => ({ kind: 'gap' as const, gap: gapOf(range, reason) })) : []),
    ]
  }

  #readLater(asked: StoredQuery, signal: AbortSignal): Promise<StoredLines> {
    return untilRead(() => this.#readOnce(asked, signal), signal, this.#parts.failed)
  }

  #readOnce(asked: StoredQuery, signal: AbortSignal): Promise<StoredLines> {
    const { seam } = this.#standing
    return this.#parts.stored.read(
      this.#query,
      { ...asked, takes: (lane, stampNs) => seam.takesReceived(lane, stampNs) },
      signal,
    )
  }

  /** Undefined where ClickHouse can't say: a tail goes on without its past. A user's mistake ends it. */
  async #read(asked: StoredQuery, signal: AbortSignal) {
    try {
      return await this.#readOnce(asked, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ApiError && error.status < 500) throw error
      this.#parts.failed(error)
      return undefined
    }
  }
}

export function gapOf({ gatewayId, from, to }: SeqRange, reason: string): Gap {
  return { lane: gatewayId, fromNs: receivedNs(from), toNs: receivedNs(to) + NANOS_PER_MS, reason }
}
