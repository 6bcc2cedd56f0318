import type { SeamPlace, TailEntry } from '../line.ts'
import type { CarriedHole } from './holes/carried-hole.ts'
import { Hole } from './holes/hole.ts'
import { ViewerHoles } from './holes/viewer-holes.ts'
import { type ContainerMark, Locator, type LogMark, NANOS_PER_SECOND, secondsOf } from './mark.ts'

/** A container that is followed at its kubelet, as far as the seam needs it. */
export type FollowedContainer = {
  readonly lane: string
  /** Every line stamped at or after this second is remembered or comes. */
  readonly reachSeconds: number
  /** The same of lines that are not older than the first that was read. */
  readonly remembersSeconds: number
  /** How far it is read. */
  mark(cutSeconds: number): LogMark
  /** Shows it the lines that are remembered, then every one that comes. */
  locate(locator: Locator): void
  /** Tells it the lines near its edges, those that are remembered and those that come. */
  edge(hole: Hole): void
}

export type ViewerSeamOptions = {
  /** Lines with an older stamp are not wanted. */
  readonly fromNs: bigint
  /** Without it, nothing is told of containers from the store. */
  readonly wantsPast: boolean
  /** Those without a mark are told from here on, and up to this second from the store. */
  readonly unmarked?: { readonly fromNs: bigint; readonly storedBelowSeconds: number }
  /** Of a tail that goes on. */
  readonly marks: ReadonlyMap<string, ContainerMark>
}

type Cut = {
  readonly fromNs: bigint
  readonly storedBelowSeconds: number
  readonly liveFromSeconds: number
  readonly gate: Locator | undefined
  readonly container: FollowedContainer | undefined
}

/** What a viewer takes of some lines. */
export type Chosen = {
  readonly lines: ReadonlyArray<TailEntry>
  /** Stored rows that came late, or that fill a hole. */
  readonly backfill: ReadonlyArray<TailEntry>
}

const NOTHING: ReadonlyArray<TailEntry> = []
/** Containers that no kubelet is asked about, for which it is known up to where their rows were told. */
const TOLD_MAX = 10_000

/**
 * Of one viewer: which lines of a container are told as stored rows, and which as its kubelet brings them. Each container
 * has a cut, a whole second: what is stamped before it is the store's, what is stamped at or after it the kubelet's, so no line
 * is told twice and none is missed, however late rows come (docs/adr/0019-tail-seam.md). A cut never moves. Without one
 * all rows are the store's.
 */
export class ViewerSeam {
  readonly fromNs: bigint
  readonly wantsPast: boolean
  readonly #unmarked: NonNullable<ViewerSeamOptions['unmarked']>
  readonly #marks: ReadonlyMap<string, ContainerMark>
  readonly #cuts = new Map<string, Cut>()
  readonly #holes: ViewerHoles
  readonly #toldNs = new Map<string, bigint>()

  constructor({ fromNs, wantsPast, unmarked, marks }: ViewerSeamOptions) {
    this.fromNs = fromNs
    this.#unmarked = unmarked ?? { fromNs, storedBelowSeconds: 0 }
    this.wantsPast = wantsPast
    this.#marks = marks
    this.#holes = new ViewerHoles(marks)
    // Of containers that are gone, late rows are still known from those that were told.
    for (const [lane, { cutSeconds }] of marks)
      this.#cuts.set(lane, {
        fromNs,
        storedBelowSeconds: cutSeconds,
        liveFromSeconds: Number.POSITIVE_INFINITY,
        gate: undefined,
        container: undefined,
      })
  }

  /** The container is followed from now on. `open`: what its kubelet can't bring any more. */
  adopt(container: FollowedContainer, open: (hole: Hole) => void): void {
    const { lane, reachSeconds } = container
    if (this.#cuts.get(lane)?.container !== undefined) return
    const mark = this.#marks.get(lane)
    if (mark !== undefined) {
      this.#goOn(container, mark, open)
      return
    }
    const told = this.#toldNs.get(lane)
    const { fromNs, storedBelowSeconds } = this.#unmarked
    const fromReach = this.wantsPast ? Math.max(reachSeconds, storedBelowSeconds) : 0
    const seconds = Math.max(fromReach, told === undefined ? 0 : secondsOf(told) + 1)
    this.#toldNs.delete(lane)
    this.#cuts.set(lane, {
      fromNs,
      storedBelowSeconds: seconds,
      liveFromSeconds: seconds,
      gate: undefined,
      container,
    })
  }

  /** Takes the lines that fill a hole from now on. */
  open(hole: Hole): void {
    this.#holes.open(hole)
  }

  has(hole: Hole): boolean {
    return this.#holes.has(hole)
  }

  close(hole: Hole): void {
    this.#holes.close(hole)
  }

  /** Holes of an earlier tail of which stored rows are still to be read. */
  get unread(): ReadonlyArray<CarriedHole> {
    return this.#holes.unread
  }

  /** Its place in a container is still sought: what is missing there is found out by that. */
  isSeeking(lane: string): boolean {
    return this.#cuts.get(lane)?.gate?.isSearching ?? false
  }

  /** Is a stored row that fills these holes one that the viewer lacks? */
  lacks({ seam }: TailEntry, filled: ReadonlyArray<Hole>): boolean {
    if (seam === undefined) return false
    const { container, stampNs } = seam
    if (!this.#isWithin(container, stampNs) || this.#holes.carriedAt(container, stampNs) !== undefined)
      return false
    // What an earlier tail was told.
    if (stampNs <= (this.#marks.get(container)?.newestNs ?? -1n)) return false
    const first = this.#holes.foundAt(container, stampNs)
    return first !== undefined && filled.includes(first)
  }

  /** Is a stored row one that was missing when an earlier tail ended? Say so only of rows that are told then. */
  takesCarried(lane: string, ns: bigint): CarriedHole | undefined {
    const hole = this.#isWithin(lane, ns) ? this.#holes.carriedAt(lane, ns) : undefined
    hole?.tell(ns)
    return hole
  }

  /** Rows of this container that are stamped below are the store's. */
  storedBelowSeconds(lane: string): number {
    return this.#cuts.get(lane)?.storedBelowSeconds ?? Number.POSITIVE_INFINITY
  }

  /** Of a row that was read for a hole of an earlier tail: is it to be told? Say so only of rows that are told then. */
  lacksCarried({ seam }: TailEntry, hole: CarriedHole): boolean {
    return seam !== undefined && this.takesCarried(seam.container, seam.stampNs) === hole
  }

  /** May a row that came in be this viewer's, unless it fills a hole that was found since it came? */
  wantsStored(lane: string, ns: bigint): boolean {
    return secondsOf(ns) < this.storedBelowSeconds(lane) || this.#holes.carriedAt(lane, ns) !== undefined
  }

  /** Is a stored row, by its cut, this viewer's? Say so only of rows that are told then. */
  takesStored(lane: string, ns: bigint): boolean {
    const cut = this.#cuts.get(lane)
    if (ns < (cut?.fromNs ?? this.fromNs)) return false
    if (cut !== undefined) return secondsOf(ns) < cut.storedBelowSeconds
    if (ns <= (this.#toldNs.get(lane) ?? -1n)) return true
    this.#toldNs.set(lane, ns)
    if (this.#toldNs.size > TOLD_MAX) this.#toldNs.delete(this.#toldNs.keys().next().value!)
    return true
  }

  /** Is a stored row that it has not been told by Seq this viewer's? Say so only of rows that are told then. */
  takesReceived(lane: string, ns: bigint): boolean {
    return this.takesStored(lane, ns) || this.takesCarried(lane, ns) !== undefined
  }

  /** What of these lines is the viewer's; `lines` is `entries` itself if all are. */
  choose(entries: ReadonlyArray<TailEntry>): Chosen {
    if (entries.every(({ seam }) => seam === undefined)) return { lines: entries, backfill: NOTHING }
    const lines: TailEntry[] = []
    const backfill: TailEntry[] = []
    for (const entry of entries) {
      const { seam } = entry
      if (seam === undefined || (seam.side === 'live' && this.#takesLive(seam, entry.seq))) lines.push(entry)
      else if (seam.side === 'stored') this.#chooseStored(entry, seam, lines, backfill)
    }
    return { lines: lines.length === entries.length ? entries : lines, backfill }
  }

  /** Where it stands in every container, of a viewer that has been told all that was said. */
  marks(nowMs: number): Map<string, ContainerMark> {
    const marks = new Map<string, ContainerMark>()
    for (const [lane, { container, gate, storedBelowSeconds }] of this.#cuts) {
      const known = this.#marks.get(lane)
      const mark = markOf(known, container?.mark(storedBelowSeconds), gate)
      const holes = this.#holes.marks(lane, nowMs, known?.newestNs ?? -1n)
      if (mark !== undefined) marks.set(lane, { ...mark, holes })
    }
    return marks
  }

  #goOn(container: FollowedContainer, mark: ContainerMark, open: (hole: Hole) => void): void {
    const { lane, reachSeconds, remembersSeconds } = container
    const holeTo = (endNs: bigint | undefined, behind: boolean): void => {
      const hole = new Hole({
        lane,
        fromNs: mark.newestNs,
        endNs,
        reason: 'The kubelet does not have these lines any more; they follow once they are stored.',
        afterNs: mark.newestNs,
        isEndExact: !behind,
      })
      if (behind) container.edge(hole)
      open(hole)
    }
    const cut = { fromNs: this.fromNs, storedBelowSeconds: mark.cutSeconds, container }
    // A log that still has the newest line that was told has all behind it, whatever of its beginning is gone.
    const knownSeconds = mark.counts.length > 0 ? remembersSeconds : reachSeconds
    if (knownSeconds > mark.seconds && knownSeconds > secondsOf(mark.newestNs)) {
      this.#cuts.set(lane, {
        ...cut,
        liveFromSeconds: Math.max(reachSeconds, mark.cutSeconds),
        gate: undefined,
      })
      holeTo(BigInt(reachSeconds) * NANOS_PER_SECOND, false)
      return
    }
    const seenSeconds = Math.max(knownSeconds, mark.seconds)
    const gate = new Locator(mark, seenSeconds, (beforeNs) => holeTo(beforeNs, true))
    this.#cuts.set(lane, { ...cut, liveFromSeconds: Math.max(seenSeconds, mark.cutSeconds), gate })
    container.locate(gate)
  }

  #takesLive({ container, stampNs }: SeamPlace, seq: bigint): boolean {
    const cut = this.#cuts.get(container)
    if (cut === undefined || stampNs < cut.fromNs || secondsOf(stampNs) < cut.liveFromSeconds) return false
    if (cut.gate !== undefined && !cut.gate.takes(stampNs, seq)) return false
    if (this.#holes.keeps(container, stampNs, seq)) return false
    this.#holes.endAt(container, stampNs)
    return true
  }

  /** Is it wanted, and not what comes by the cut? */
  #isWithin(lane: string, ns: bigint): boolean {
    return (
      ns >= (this.#cuts.get(lane)?.fromNs ?? this.fromNs) && secondsOf(ns) >= this.storedBelowSeconds(lane)
    )
  }

  #chooseStored(
    entry: TailEntry,
    { container, stampNs, holes }: SeamPlace,
    lines: TailEntry[],
    backfill: TailEntry[],
  ): void {
    const isFollowed = this.#cuts.has(container)
    if (this.takesStored(container, stampNs)) (isFollowed ? backfill : lines).push(entry)
    else if (this.takesCarried(container, stampNs) !== undefined) backfill.push(entry)
    else if (this.lacks(entry, holes ?? [])) backfill.push(entry)
  }
}

/** Where a viewer stands that brought `known` along: until the log has shown that place, or a newer line, there still. */
function markOf(
  known: LogMark | undefined,
  seen: LogMark | undefined,
  gate: Locator | undefined,
): LogMark | undefined {
  if (known === undefined || seen === undefined) return seen ?? known
  return gate?.isSearching === true || (gate !== undefined && seen.newestNs < known.newestNs) ? known : seen
}
