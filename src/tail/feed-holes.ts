import type { Gap, Positions, TailEntry } from './line.ts'
import type { FeedSeam } from './seam/feed-seam.ts'
import type { CarriedHole, Fillable, RowsBelow } from './seam/holes/carried-hole.ts'
import type { Hole } from './seam/holes/hole.ts'
import { HOLE_LIFE_MS } from './seam/holes/viewer-holes.ts'
import type { ViewerSeam } from './seam/viewer-seam.ts'
import type { BacklogPart, Later, SourceFeed } from './source.ts'
import { framesOf } from './viewers/frame.ts'
import type { Viewer } from './viewers/viewer.ts'

const NOTHING: Positions = new Map()

export type FeedHolesParts = {
  readonly sources: () => ReadonlyArray<SourceFeed>
  readonly viewers: ReadonlyMap<Viewer, ViewerSeam>
  readonly seam: FeedSeam
  readonly gap: (gap: Gap, viewers: Iterable<Viewer>) => void
  /** Rows that do not come any more, to somebody who is so much further in some lanes. */
  readonly before: (told: Positions) => RowsBelow
  readonly nowMs: () => number
  /** For the log. */
  readonly failed: (error: unknown) => void
}

/** What kubelets can't bring to the viewers of a feed: announced, and filled by what is stored and by what comes. */
export class FeedHoles {
  readonly #parts: FeedHolesParts
  readonly #closed = new AbortController()
  readonly #open = new Map<Hole, NodeJS.Timeout>()

  constructor(parts: FeedHolesParts) {
    this.#parts = parts
  }

  /** A hole of one viewer, or of all who have found their place in its container. */
  open(hole: Hole, only: ViewerSeam | undefined): void {
    const { viewers, seam, gap, before, nowMs } = this.#parts
    const those = [...viewers].filter(([, viewer]) =>
      only === undefined ? !viewer.isSeeking(hole.lane) : viewer === only,
    )
    if (those.length === 0) {
      hole.over()
      return
    }
    const unread = before(only === undefined ? NOTHING : those[0]![0].told)
    hole.begin(Math.floor(nowMs() / 1000), unread)
    for (const [, viewer] of those) viewer.open(hole)
    seam.open(hole)
    if (hole.gap !== undefined)
      gap(
        hole.gap,
        those.map(([viewer]) => viewer),
      )
    const timer = setTimeout(() => this.#forget(hole), HOLE_LIFE_MS)
    timer.unref()
    this.#open.set(hole, timer)
    this.#read(hole, unread, this.#closed.signal, (parts) => this.#fill(hole, parts))
  }

  /** Reads what a viewer was still to be told when an earlier tail ended. */
  goOn(viewer: Viewer, seam: ViewerSeam): void {
    const { unread } = seam
    if (unread.length === 0) return
    const signal = AbortSignal.any([this.#closed.signal, viewer.signal])
    for (const hole of unread)
      this.#read(hole, hole.unread!, signal, (parts) => this.#fillCarried(viewer, seam, hole, parts))
  }

  close(): void {
    this.#closed.abort()
    for (const [hole, timer] of this.#open) {
      clearTimeout(timer)
      hole.over()
    }
  }

  /** `fill` gets all at once: a token says that it was told, or that it was not. */
  #read(
    hole: Fillable,
    rows: RowsBelow,
    signal: AbortSignal,
    fill: (parts: ReadonlyArray<BacklogPart>) => void,
  ): void {
    const reads = this.#parts.sources().flatMap((source): Later[] => {
      const read = source.fill?.(hole, rows)
      return read === undefined ? [] : [read]
    })
    Promise.all(reads.map((read) => read(signal)))
      .then((parts) => fill(parts.flat()))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#parts.failed(error)
      })
  }

  #fill(hole: Hole, parts: ReadonlyArray<BacklogPart>): void {
    for (const part of parts) {
      if (part.kind === 'entries') {
        const missing = part.entries.filter(
          ({ seam }) => seam !== undefined && hole.stillMisses(seam.stampNs, seam.text ?? ''),
        )
        for (const { seam } of missing) hole.tell(seam!.stampNs, seam!.text ?? '')
        for (const [viewer, seam] of this.#parts.viewers)
          tell(
            viewer,
            missing.filter((entry) => seam.lacks(entry, [hole])),
          )
      } else if (part.kind === 'gap')
        for (const [viewer, seam] of this.#parts.viewers)
          if (seam.has(hole)) this.#parts.gap(part.gap, [viewer])
    }
    hole.hasRead()
  }

  #fillCarried(viewer: Viewer, seam: ViewerSeam, hole: CarriedHole, parts: ReadonlyArray<BacklogPart>): void {
    if (this.#parts.viewers.get(viewer) !== seam) return
    for (const part of parts) {
      if (part.kind === 'entries')
        tell(
          viewer,
          part.entries.filter((entry) => seam.lacksCarried(entry, hole)),
        )
      else if (part.kind === 'gap') this.#parts.gap(part.gap, [viewer])
    }
    hole.hasRead()
  }

  #forget(hole: Hole): void {
    clearTimeout(this.#open.get(hole))
    this.#open.delete(hole)
    hole.over()
    this.#parts.seam.close(hole)
    for (const seam of this.#parts.viewers.values()) seam.close(hole)
  }
}

function tell(viewer: Viewer, entries: ReadonlyArray<TailEntry>): void {
  if (entries.length > 0) viewer.late([...framesOf(viewer.format, entries, '', 'backfill')])
}
