import type { LogExpr } from '../query/logql/ast.ts'
import type { ResourceTest } from '../query/loki/execute/resource-test.ts'
import type { PodReader } from './kubernetes/access/pod-reader.ts'
import type { Gap, LiveRecord, Notice, Positions, SeamPlace, TailEntry } from './line.ts'
import type { FeedSeam } from './seam/feed-seam.ts'
import type { Fillable, RowsBelow } from './seam/holes/carried-hole.ts'
import type { Hole } from './seam/holes/hole.ts'
import type { ContainerMark } from './seam/mark.ts'
import type { ViewerSeam } from './seam/viewer-seam.ts'

/** What a feed follows: one query of the same tenants, however many watch it. */
export type FeedQuery = {
  /** Those that the selector means, of those that were asked for. */
  readonly tenantIds: ReadonlyArray<string>
  readonly askedTenantIds: ReadonlyArray<string>
  /** With several tenants asked for, streams carry `__tenant_id__`. */
  readonly labelTenants: boolean
  readonly expr: LogExpr
  /** Which pods may be followed for it; undefined where there is no cluster. */
  readonly podReader?: PodReader | undefined
  /** Of resources: is it the selector's? */
  readonly isMeant: ResourceTest
  /** What the stages make of a record; undefined if they drop it. `seam`: of a container's line. */
  evaluate(record: LiveRecord, seam?: SeamPlace): TailEntry | undefined
  /** Which lines of containers its viewers take from where. */
  readonly seam: FeedSeam
}

/** Takes what a source brings from now on. Called synchronously, never within `follow` or `join`. */
export type FeedSink = {
  /** `positions`: where lanes stand once these lines are told, also lanes without a line among them. */
  entries(entries: ReadonlyArray<TailEntry>, positions: Positions): void
  gap(gap: Gap): void
  /** Lines that a kubelet can't bring any more; of one viewer, or of all. */
  hole(hole: Hole, viewer?: ViewerSeam): void
  notice(notice: Notice): void
}

/** Where a viewer begins. */
export type Start =
  | { readonly kind: 'now' }
  /** The newest `limit` stored lines since then first. `isAll`: the viewer means all of them, and is told if there are more. */
  | { readonly kind: 'history'; readonly startNs: bigint; readonly limit: number; readonly isAll: boolean }
  /** Where a tail of the same query ended. `base`: of lanes that it did not know. */
  | ({ readonly kind: 'resume' } & ResumePoint)

/** Where a viewer stands. */
export type ResumePoint = {
  readonly positions: Positions
  readonly base: bigint
  readonly containers: ContainerPoint
}

/** The same in the logs of containers. */
export type ContainerPoint = {
  /** The oldest stamp that it wants. */
  readonly fromNs: bigint
  readonly writtenNs: bigint
  readonly marks: ReadonlyMap<string, ContainerMark>
  /** A container without a mark was not followed: what was told of it are rows. Else it goes on from `writtenNs`. */
  readonly isWhole: boolean
}

/** Lines that can't be read yet. Rejects when `signal` aborts. */
export type Later = (signal: AbortSignal) => Promise<ReadonlyArray<BacklogPart>>

export type BacklogPart =
  | { readonly kind: 'entries'; readonly entries: ReadonlyArray<TailEntry> }
  /** `later`: what is missing, once it can be read. */
  | { readonly kind: 'gap'; readonly gap: Gap; readonly later?: Later | undefined }
  | { readonly kind: 'notice'; readonly notice: Notice }

export type Joined = {
  /** What comes before the live lines, in order. Ends when `signal` aborts. */
  readonly backlog: AsyncIterable<BacklogPart>
  /** Live lines below these are the viewer's already. */
  readonly told: Positions
}

/** A source that follows one query. */
export type SourceFeed = {
  /** Resolves when it can be joined. Never rejects. */
  readonly ready: Promise<void>
  /** A Seq that no row of a lane which is not known yet is below. */
  readonly base: bigint
  /** Where its lanes stand. */
  positions(): Positions
  /**
   * Plans the way of one viewer from its start to the live lines: every line that the sink gets after this call is live for
   * it. Synchronous, so that nothing comes in between.
   */
  join(start: Start, seam: ViewerSeam, signal: AbortSignal): Joined
  /** Stored rows that fill a hole, once all of these can be read. Later ones go to the sink. */
  fill?(hole: Fillable, rows: RowsBelow): Later
  close(): void
}

/** Where lines come from: what this gateway receives, a cluster. */
export type TailSource = {
  readonly name: string
  /** What a viewer may know of it: of the hello frame. */
  readonly about: Readonly<Record<string, string>>
  /** Lines come in parts of which no viewer's place can be told in common: tokens come with heartbeats only. */
  readonly hasContainers: boolean
  /** `start`: of the first viewer, as a hint. */
  follow(query: FeedQuery, sink: FeedSink, start: Start): SourceFeed
  /** Resolves when nothing of it is left. */
  stop(): void | Promise<void>
}
