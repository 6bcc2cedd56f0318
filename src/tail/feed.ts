import type { LogExpr } from '../query/logql/ast.ts'
import { compilePipeline } from '../query/logql/pipeline/pipeline.ts'
import { printSelector, printStage } from '../query/logql/print.ts'
import { ofTenant, resourceTest } from '../query/loki/execute/resource-test.ts'
import { FeedHoles } from './feed-holes.ts'
import type { PodReader } from './kubernetes/access/pod-reader.ts'
import type { Gap, LiveRecord, Notice, Positions, SeamPlace, TailEntry } from './line.ts'
import { lowest } from './lowest.ts'
import { queryDigest, writeResumeToken } from './resume-token.ts'
import { FeedSeam } from './seam/feed-seam.ts'
import type { RowsBelow } from './seam/holes/carried-hole.ts'
import { secondsOf } from './seam/mark.ts'
import { ViewerSeam } from './seam/viewer-seam.ts'
import type { BacklogPart, FeedQuery, FeedSink, Later, SourceFeed, Start, TailSource } from './source.ts'
import { type Frame, type FrameFormat, framesOf } from './viewers/frame.ts'
import type { Viewer } from './viewers/viewer.ts'

const NOTHING: Positions = new Map()
const SEQ_MAX = 2n ** 64n - 1n
/** Rows that an earlier tail told of a container that it did not follow were stamped by then: so right are clocks. */
const SKEW_SECONDS = 2

/** `dropped`: whether lines are shown that a rule will drop; `show` if it is not there. */
export type FeedKey = {
  readonly tenantIds: ReadonlyArray<string>
  readonly expr: LogExpr
  readonly dropped?: DroppedLines
  /** Undefined where there is no cluster. */
  readonly podReader?: PodReader | undefined
}

export type DroppedLines = 'show' | 'hide'

/** Structured metadata of a line that a rule will drop, so that stages can ask for it too. */
export const DROPPED_BY_LABEL = 'weir_dropped_by'

export type FeedParts = {
  readonly sources: ReadonlyArray<TailSource>
  readonly nowMs: () => number
  readonly onGap: () => void
  /** For the log. */
  readonly failed: (error: unknown) => void
}

/** The same for queries that are the same but for their spelling. */
export function queryText({ selector, stages }: LogExpr): string {
  return [printSelector(selector), ...stages.map(printStage)].join(' ')
}

/**
 * One query of the same tenants: its sources, and all who watch it. The pipeline runs once per line and the frame is written
 * once per format, whatever the number of viewers.
 */
export class Feed {
  /** Of resume tokens: those of another query are refused. */
  readonly digest: string
  /** Tokens come with heartbeats: those of its viewers differ. */
  readonly hasContainers: boolean
  readonly #parts: FeedParts
  readonly #podReader: PodReader | undefined
  readonly #expected = new Set<Viewer>()
  readonly #viewers = new Map<Viewer, ViewerSeam>()
  readonly #seam = new FeedSeam()
  readonly #sources: ReadonlyArray<SourceFeed>
  readonly #holes: FeedHoles

  /** `start`: of the first viewer. */
  constructor(key: FeedKey, start: Start, parts: FeedParts) {
    const query = feedQuery(key, this.#seam)
    this.digest = queryDigest(key.tenantIds, queryText(key.expr))
    this.hasContainers = parts.sources.some(({ hasContainers }) => hasContainers)
    this.#podReader = key.podReader
    this.#parts = parts
    this.#holes = new FeedHoles({
      sources: () => this.#sources,
      viewers: this.#viewers,
      seam: this.#seam,
      gap: (gap, viewers) => this.#gap(gap, viewers),
      before: (told) => this.#before(told),
      nowMs: parts.nowMs,
      failed: parts.failed,
    })
    const sink: FeedSink = {
      entries: (entries, positions) => this.#live(entries, positions),
      gap: (gap) => this.#gap(gap, this.#viewers.keys()),
      hole: (hole, viewer) => this.#holes.open(hole, viewer),
      notice: (notice) => this.#notice(notice),
    }
    this.#sources = parts.sources.map((source) => source.follow(query, sink, start))
  }

  /** Throws ApiError if its viewers may no longer be shown what they are. */
  async recheck(): Promise<void> {
    await this.#podReader?.recheck()
  }

  /** Who watches, or is about to. */
  get size(): number {
    return this.#expected.size
  }

  /** Keeps the feed for a viewer that is not shown anything yet. */
  expect(viewer: Viewer): void {
    this.#expected.add(viewer)
  }

  get ready(): Promise<unknown> {
    return Promise.all(this.#sources.map(({ ready }) => ready))
  }

  /** Of a viewer that has been told all that was said so far; it may be further than the feed in some lanes. */
  resume(viewer: Viewer): string {
    const seam = this.#viewers.get(viewer)
    return this.#token(viewer.told, this.hasContainers ? seam : undefined)
  }

  /**
   * Tells a viewer what comes before the live lines, then lets these through. Rejects where the viewer leaves meanwhile.
   * Call it once the feed is {@link ready}.
   */
  async show(viewer: Viewer, start: Start): Promise<void> {
    const seam = seamOf(start, BigInt(this.#parts.nowMs()) * 1_000_000n)
    // From here to the end of the block nothing may be awaited: a line in between would be nobody's.
    this.#viewers.set(viewer, seam)
    this.#seam.add(seam)
    const joined = this.#sources.map((source) => source.join(start, seam, viewer.signal))
    viewer.begin(new Map(joined.flatMap(({ told }) => [...told])))
    const resume = this.resume(viewer)
    this.#holes.goOn(viewer, seam)
    const later: Later[] = []
    for (const { backlog } of joined)
      for await (const part of backlog) {
        viewer.signal.throwIfAborted()
        if (part.kind === 'gap' && part.later !== undefined) later.push(part.later)
        await this.#tell(viewer, part, 'lines')
      }
    viewer.notify(viewer.format.heartbeat(resume))
    viewer.release()
    for (const read of later) this.#tellLater(viewer, read)
  }

  leave(viewer: Viewer): void {
    const seam = this.#viewers.get(viewer)
    if (seam !== undefined) this.#seam.remove(seam)
    this.#viewers.delete(viewer)
    this.#expected.delete(viewer)
  }

  close(): void {
    this.#holes.close()
    for (const source of this.#sources) source.close()
  }

  #token(told: Positions, seam: ViewerSeam | undefined): string {
    const { below: positions, otherwise: base } = this.#before(told)
    const nowMs = this.#parts.nowMs()
    const marks = seam?.marks(nowMs) ?? new Map()
    const containers = { fromNs: seam?.fromNs ?? 0n, writtenNs: BigInt(nowMs) * 1_000_000n, marks }
    return writeResumeToken(this.digest, { positions, base, containers })
  }

  /** What was told so far to somebody who is further in some lanes. */
  #before(told: Positions): RowsBelow {
    const otherwise = lowest(SEQ_MAX, ...this.#sources.map((source) => source.base))
    const below = new Map(this.#sources.flatMap((source) => [...source.positions()]))
    for (const [lane, next] of told) if (next > (below.get(lane) ?? 0n)) below.set(lane, next)
    return { below, otherwise }
  }

  /** Only the last line of a backlog ends where the token says: the heartbeat brings it. */
  async #tell(viewer: Viewer, part: BacklogPart, kind: 'lines' | 'backfill'): Promise<void> {
    const { format } = viewer
    if (part.kind === 'entries')
      for (const frame of framesOf(format, part.entries, '', kind)) await viewer.tell(frame)
    else if (part.kind === 'gap') this.#gap(part.gap, [viewer])
    else viewer.notify(format.notice(part.notice))
  }

  /** What could not be read is told once it can be, between the live lines. */
  #tellLater(viewer: Viewer, read: Later): void {
    const told = async (): Promise<void> => {
      for (const part of await read(viewer.signal)) await this.#tell(viewer, part, 'backfill')
    }
    told().catch((error: unknown) => {
      if (!viewer.signal.aborted) this.#parts.failed(error)
    })
  }

  #live(entries: ReadonlyArray<TailEntry>, positions: Positions): void {
    if (entries.length === 0) return
    let token: string | undefined
    const resume = (): string => {
      token ??= this.hasContainers ? '' : this.#token(NOTHING, undefined)
      return token
    }
    const shared = new Map<FrameFormat, ReadonlyArray<Frame>>()
    for (const [viewer, seam] of this.#viewers) {
      const { format } = viewer
      const { lines, backfill } = seam.choose(entries)
      const own = (): string => (this.hasContainers ? '' : this.resume(viewer))
      viewer.live(
        lines,
        // Of the same rows: what it was told before is known until all of them are told.
        backfill.length > 0 ? NOTHING : positions,
        () => {
          if (lines !== entries) return [...framesOf(format, lines, resume())]
          let frames = shared.get(format)
          if (frames === undefined) {
            frames = [...framesOf(format, entries, resume())]
            shared.set(format, frames)
          }
          return frames
        },
        own,
      )
      if (backfill.length > 0)
        viewer.live(
          backfill,
          positions,
          () => [...framesOf(format, backfill, '', 'backfill')],
          own,
          'backfill',
        )
    }
  }

  #gap(gap: Gap, viewers: Iterable<Viewer>): void {
    this.#parts.onGap()
    for (const viewer of viewers) viewer.notify(viewer.format.gap(gap))
  }

  #notice(notice: Notice): void {
    for (const viewer of this.#viewers.keys()) viewer.notify(viewer.format.notice(notice))
  }
}

function seamOf(start: Start, nowNs: bigint): ViewerSeam {
  if (start.kind === 'now') return new ViewerSeam({ fromNs: nowNs, wantsPast: false, marks: new Map() })
  if (start.kind === 'history')
    return new ViewerSeam({ fromNs: start.startNs, wantsPast: true, marks: new Map() })
  const { fromNs, writtenNs, marks, isWhole } = start.containers
  const unmarked = isWhole
    ? { fromNs, storedBelowSeconds: secondsOf(writtenNs) + SKEW_SECONDS }
    : { fromNs: writtenNs, storedBelowSeconds: 0 }
  return new ViewerSeam({ fromNs, wantsPast: true, unmarked, marks })
}

function feedQuery({ tenantIds, expr, dropped, podReader }: FeedKey, seam: FeedSeam): FeedQuery {
  const { matchers } = expr.selector
  const { state, process } = compilePipeline(expr.stages)
  return {
    tenantIds: tenantIds.filter((tenantId) => ofTenant(matchers, tenantId)),
    askedTenantIds: tenantIds,
    labelTenants: tenantIds.length > 1,
    expr,
    podReader,
    isMeant: resourceTest(matchers),
    evaluate(record: LiveRecord, place?: SeamPlace): TailEntry | undefined {
      const { tenantId, lane, seq, droppedBy } = record
      if (droppedBy !== undefined && dropped === 'hide') return undefined
      if (!process(droppedBy === undefined ? record : labelled(record, droppedBy))) return undefined
      return { ...state.entry(), tenantId, lane, seq, droppedBy, seam: place }
    },
    seam,
  }
}

function labelled(record: LiveRecord, droppedBy: string): LiveRecord {
  return { ...record, metadata: new Map(record.metadata).set(DROPPED_BY_LABEL, droppedBy) }
}
