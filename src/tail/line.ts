import type { LogEntry, LogRecord } from '../query/logql/record.ts'
import type { Hole } from './seam/holes/hole.ts'

/**
 * Where a line stands. A lane is what orders lines: all that one gateway received, or one container's log. Within a lane
 * Seq rises and is never given twice; between lanes there is no order.
 */
export type Place = {
  readonly tenantId: string
  readonly lane: string
  readonly seq: bigint
}

/** Of a container's line, which comes twice: from its kubelet (`live`), and as a row from a sender (`stored`). */
export type SeamPlace = {
  /** The container's lane. */
  readonly container: string
  /** The stamp of the container runtime, nanoseconds. */
  readonly stampNs: bigint
  readonly side: 'live' | 'stored'
  /** That a row fills which came in. */
  readonly holes?: ReadonlyArray<Hole> | undefined
  /** As it is stored, of a row that was read for a hole. */
  readonly text?: string | undefined
}

/** What becomes of a line that is shown before it is received. */
export type Fate = {
  /** The rule that will keep it out of history, as the ledger names it; best effort. */
  readonly droppedBy?: string | undefined
}

/** A line that a source follows, before a query has seen it. */
export type LiveRecord = LogRecord & Place & Fate

/** A line that a query keeps. */
export type TailEntry = LogEntry & Place & Fate & { readonly seam?: SeamPlace | undefined }

/** What happened beside the lines, for people. */
export type Notice =
  | {
      readonly kind: 'pod'
      readonly event: 'started' | 'ended'
      readonly cluster: string
      readonly namespace: string
      readonly pod: string
      readonly podUid: string
      readonly container: string
      readonly restartCount: number
    }
  /** `problem`: why live lines do not come, or not all; undefined once they do again. */
  | {
      readonly kind: 'source'
      readonly source: string
      readonly cluster: string
      readonly problem: string | undefined
    }

/** By lane, the lowest Seq that was not told yet. */
export type Positions = ReadonlyMap<string, bigint>

/** Lines that may be missing, and when they were received. */
export type Gap = {
  readonly lane: string
  /** Nanoseconds. */
  readonly fromNs: bigint
  readonly toNs: bigint
  /** A sentence for the viewer. */
  readonly reason: string
}
