import type { SeamPlace, TailEntry } from '../line.ts'
import { Hole } from './hole.ts'
import { type ContainerMark, Locator, NANOS_PER_SECOND, secondsOf } from './mark.ts'

/** A container that is followed at its kubelet, as far as the seam needs it. */
export type FollowedContainer = {
  readonly lane: string
  /** Every line stamped at or after this second is remembered or comes. */
  readonly reachSeconds: number
  /** How far it is read. */
  mark(cutSeconds: number): ContainerMark
  /** Shows it the lines that are remembered, then every one that comes. */
  locate(locator: Locator): void
  /** Tells it the lines near its edges, those that are remembered and those that come. */
  edge(hole: Hole): void
}

export type ViewerSeamOptions = {
  /** Lines with an older stamp are not wanted. */
  readonly fromNs: bigint
  /** No past is wanted: of containers without a mark, nothing is told from the store. */
  readonly isLiveOnly: boolean
  /** Those are told from here on; without it, from `fromNs`. */
  readonly unmarkedFromNs?: bigint
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
  readonly isLiveOnly: boolean
  readonly #unmarkedFromNs: bigint
  readonly #marks: ReadonlyMap<string, ContainerMark>
  readonly #cuts = new Map<string, Cut>()
  readonly #holes = new Set<Hole>()
  readonly #toldNs = new Map<string, bigint>()

  constructor({ fromNs, isLiveOnly, unmarkedFromNs = fromNs, marks }: ViewerSeamOptions) {
    this.fromNs = fromNs
    this.#unmarkedFromNs = unmarkedFromNs
    this.isLiveOnly = isLiveOnly
    this.#marks = marks
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
    const seconds = Math.max(this.isLiveOnly ? 0 : reachSeconds, told === undefined ? 0 : secondsOf(told) + 1)
    this.#toldNs.delete(lane)
    this.#cuts.set(lane, {
      fromNs: this.#unmarkedFromNs,
      storedBelowSeconds: seconds,
      liveFromSeconds: seconds,
      gate: undefined,
      container,
    })
  }

  /** Takes the lines that fill a hole from now on. */
  open(hole: Hole): void {
    this.#holes.add(hole)
  }

  has(hole: Hole): boolean {
    return this.#holes.has(hole)
  }

  /** Its place in a container is still sought: what is missing there is found out by that. */
  isSeeking(lane: string): boolean {
    return this.#cuts.get(lane)?.gate?.isSearching ?? false
  }

  /** Is a stored row that fills these holes one that the viewer lacks? */
  lacks({ seam }: TailEntry, filled: ReadonlyArray<Hole>): boolean {
    if (seam === undefined || seam.stampNs < this.fromNs) return false
    const { container, stampNs } = seam
    if (secondsOf(stampNs) < this.storedBelowSeconds(container)) return false
    // What an earlier tail was told.
    if (stampNs <= (this.#marks.get(container)?.newestNs ?? -1n)) return false
    // Of holes that overlap, the first one says whether the line was shown, and brings it.
    for (const hole of this.#holes)
      if (hole.lane === container && hole.covers(stampNs)) return filled.includes(hole)
    return false
  }

  close(hole: Hole): void {
    this.#holes.delete(hole)
  }

  /** Rows of this container that are stamped below are the store's. */
  storedBelowSeconds(lane: string): number {
    return this.#cuts.get(lane)?.storedBelowSeconds ?? Number.POSITIVE_INFINITY
  }

  /** Is a stored row this viewer's? Say so only of rows that are told then. */
  takesStored(lane: string, ns: bigint): boolean {
    if (ns < this.fromNs) return false
    const cut = this.#cuts.get(lane)
    if (cut !== undefined) return secondsOf(ns) < cut.storedBelowSeconds
    if (ns <= (this.#toldNs.get(lane) ?? -1n)) return true
    this.#toldNs.set(lane, ns)
    if (this.#toldNs.size > TOLD_MAX) this.#toldNs.delete(this.#toldNs.keys().next().value!)
    return true
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
  marks(): Map<string, ContainerMark> {
    const marks = new Map<string, ContainerMark>()
    for (const [lane, { container, gate, storedBelowSeconds }] of this.#cuts) {
      const known = gate?.isSearching === true || container === undefined ? this.#marks.get(lane) : undefined
      const mark = known ?? container?.mark(storedBelowSeconds)
      if (mark !== undefined) marks.set(lane, mark)
    }
    return marks
  }

  #goOn(container: FollowedContainer, mark: ContainerMark, open: (hole: Hole) => void): void {
    const { lane, reachSeconds } = container
    const holeTo = (endNs: bigint, behind: boolean): void => {
      const hole = new Hole({
        lane,
        fromNs: mark.newestNs,
        endNs,
        reason: 'The kubelet does not have these lines any more; they follow once they are stored.',
        disorder: { before: false, behind },
      })
      if (behind) container.edge(hole)
      open(hole)
    }
    const cut = { fromNs: this.fromNs, storedBelowSeconds: mark.cutSeconds, container }
    const liveFromSeconds = Math.max(reachSeconds, mark.seconds)
    if (reachSeconds > mark.seconds && reachSeconds > secondsOf(mark.newestNs)) {
      this.#cuts.set(lane, { ...cut, liveFromSeconds, gate: undefined })
      holeTo(BigInt(reachSeconds) * NANOS_PER_SECOND, false)
      return
    }
    const gate = new Locator(mark, liveFromSeconds, (beforeNs) => holeTo(beforeNs, true))
    this.#cuts.set(lane, { ...cut, liveFromSeconds, gate })
    container.locate(gate)
  }

  #takesLive({ container, stampNs }: SeamPlace, seq: bigint): boolean {
    const cut = this.#cuts.get(container)
    if (cut === undefined || stampNs < cut.fromNs || secondsOf(stampNs) < cut.liveFromSeconds) return false
    return cut.gate === undefined || cut.gate.takes(stampNs, seq)
  }

  #chooseStored(
    entry: TailEntry,
    { container, stampNs, holes }: SeamPlace,
    lines: TailEntry[],
    backfill: TailEntry[],
  ): void {
    const isFollowed = this.#cuts.has(container)
    if (this.takesStored(container, stampNs)) (isFollowed ? backfill : lines).push(entry)
    else if (this.lacks(entry, holes ?? [])) backfill.push(entry)
  }
}
