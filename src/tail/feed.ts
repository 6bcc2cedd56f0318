import type { LogExpr } from '../query/logql/ast.ts'
import { compilePipeline } from '../query/logql/pipeline/pipeline.ts'
import { printSelector, printStage } from '../query/logql/print.ts'
import { ofTenant, resourceTest } from '../query/loki/execute/resource-test.ts'
import type { PodReader } from './kubernetes/access/pod-reader.ts'
import type { Gap, LiveRecord, Positions, TailEntry } from './line.ts'
import { lowest } from './lowest.ts'
import { queryDigest, writeResumeToken } from './resume-token.ts'
import type { FeedQuery, SourceFeed, Start, TailSource } from './source.ts'
import { type Frame, type FrameFormat, framesOf } from './viewers/frame.ts'
import type { Viewer } from './viewers/viewer.ts'

const NOTHING: Positions = new Map()
const SEQ_MAX = 2n ** 64n - 1n

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
  readonly #podReader: PodReader | undefined
  readonly #expected = new Set<Viewer>()
  readonly #viewers = new Set<Viewer>()
  readonly #sources: ReadonlyArray<SourceFeed>
  readonly #onGap: () => void

  constructor(key: FeedKey, sources: ReadonlyArray<TailSource>, onGap: () => void) {
    const query = feedQuery(key)
    this.digest = queryDigest(key.tenantIds, queryText(key.expr))
    this.#podReader = key.podReader
    this.#onGap = onGap
    const sink = {
      entries: (entries: ReadonlyArray<TailEntry>, positions: Positions) => this.#live(entries, positions),
      gap: (gap: Gap) => this.#gap(gap),
    }
    this.#sources = sources.map((source) => source.follow(query, sink))
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

  /** Of a viewer that has been told all that was said so far. `told`: lanes where it is further than the feed. */
  resume(told: Positions): string {
    const base = lowest(SEQ_MAX, ...this.#sources.map((source) => source.base))
    const positions = new Map(this.#sources.flatMap((source) => [...source.positions()]))
    for (const [lane, next] of told) if (next > (positions.get(lane) ?? 0n)) positions.set(lane, next)
    return writeResumeToken(this.digest, { positions, base })
  }

  /**
   * Tells a viewer what comes before the live lines, then lets these through. Rejects where the viewer leaves meanwhile.
   * Call it once the feed is {@link ready}.
   */
  async show(viewer: Viewer, start: Start): Promise<void> {
    // From here to `add` nothing may be awaited: a line in between would be nobody's.
    const joined = this.#sources.map((source) => source.join(start, viewer.signal))
    viewer.begin(new Map(joined.flatMap(({ told }) => [...told])))
    this.#viewers.add(viewer)
    const resume = this.resume(viewer.told)
    for (const { backlog } of joined)
      for await (const part of backlog) {
        viewer.signal.throwIfAborted()
        if (part.kind === 'gap') {
          this.#onGap()
          viewer.notify(viewer.format.gap(part.gap))
        }
        // Only the last line of a backlog ends where the token says: the heartbeat brings it.
        else for (const frame of framesOf(viewer.format, part.entries, '')) await viewer.tell(frame)
      }
    viewer.notify(viewer.format.heartbeat(resume))
    viewer.release()
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    this.#expected.delete(viewer)
  }

  close(): void {
    for (const source of this.#sources) source.close()
  }

  #live(entries: ReadonlyArray<TailEntry>, positions: Positions): void {
    if (entries.length === 0) return
    let token: string | undefined
    const resume = (): string => {
      token ??= this.resume(NOTHING)
      return token
    }
    const shared = new Map<FrameFormat, ReadonlyArray<Frame>>()
    for (const viewer of this.#viewers) {
      const { format } = viewer
      viewer.live(
        entries,
        positions,
        () => {
          let frames = shared.get(format)
          if (frames === undefined) {
            frames = [...framesOf(format, entries, resume())]
            shared.set(format, frames)
          }
          return frames
        },
        () => this.resume(viewer.told),
      )
    }
  }

  #gap(gap: Gap): void {
    this.#onGap()
    for (const viewer of this.#viewers) viewer.notify(viewer.format.gap(gap))
  }
}

function feedQuery({ tenantIds, expr, dropped, podReader }: FeedKey): FeedQuery {
  const { matchers } = expr.selector
  const { state, process } = compilePipeline(expr.stages)
  return {
    tenantIds: tenantIds.filter((tenantId) => ofTenant(matchers, tenantId)),
    askedTenantIds: tenantIds,
    labelTenants: tenantIds.length > 1,
    expr,
    podReader,
    isMeant: resourceTest(matchers),
    evaluate(record: LiveRecord): TailEntry | undefined {
      const { tenantId, lane, seq, droppedBy } = record
      if (droppedBy !== undefined && dropped === 'hide') return undefined
      if (!process(droppedBy === undefined ? record : labelled(record, droppedBy))) return undefined
      return { ...state.entry(), tenantId, lane, seq, droppedBy }
    },
  }
}

function labelled(record: LiveRecord, droppedBy: string): LiveRecord {
  return { ...record, metadata: new Map(record.metadata).set(DROPPED_BY_LABEL, droppedBy) }
}
