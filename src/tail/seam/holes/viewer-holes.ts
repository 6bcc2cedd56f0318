import { type ContainerMark, latest } from '../mark.ts'
import { CarriedHole, type HoleMark } from './carried-hole.ts'
import type { Hole } from './hole.ts'

/** Rows of a hole are taken for so long: a batch of a collector may be late. */
export const HOLE_LIFE_MS = 15 * 60_000
/** Of a container; a token holds no more. */
export const CARRIED_MAX = 4

/**
 * What one viewer lacks: holes that it brought along, and those that were found since it came. Of holes that overlap the first
 * says whether a line was shown, and brings it.
 */
export class ViewerHoles {
  readonly #carried = new Map<string, CarriedHole[]>()
  readonly #found = new Map<string, Hole[]>()

  constructor(marks: ReadonlyMap<string, ContainerMark>) {
    for (const [lane, { holes }] of marks)
      if (holes.length > 0)
        this.#carried.set(
          lane,
          holes.map((hole) => new CarriedHole(lane, hole)),
        )
  }

  /** Those that it brought along of which stored rows are still to be read. */
  get unread(): CarriedHole[] {
    return [...this.#carried.values()].flat().filter(({ unread }) => unread !== undefined)
  }

  open(hole: Hole): void {
    const holes = this.#found.get(hole.lane)
    if (holes === undefined) this.#found.set(hole.lane, [hole])
    else holes.push(hole)
  }

  has(hole: Hole): boolean {
    return this.#found.get(hole.lane)?.includes(hole) ?? false
  }

  close(hole: Hole): void {
    const left = (this.#found.get(hole.lane) ?? []).filter((other) => other !== hole)
    if (left.length === 0) this.#found.delete(hole.lane)
    else this.#found.set(hole.lane, left)
  }

  /** The hole from an earlier tail that a row lies in. */
  carriedAt(lane: string, ns: bigint): CarriedHole | undefined {
    return this.#carried.get(lane)?.find((hole) => hole.holds(ns))
  }

  /** The hole found since that says of a row whether its line was shown. */
  foundAt(lane: string, ns: bigint): Hole | undefined {
    return this.#found.get(lane)?.find((hole) => hole.covers(ns))
  }

  /** Is a line that comes now the store's to tell? */
  keeps(lane: string, ns: bigint, seq: bigint): boolean {
    const carried = this.#carried.get(lane)
    if (carried !== undefined) for (const hole of carried) if (hole.keeps(ns)) return true
    const found = this.#found.get(lane)
    if (found !== undefined) for (const hole of found) if (hole.keeps(ns, seq)) return true
    return false
  }

  /** A line is told. */
  endAt(lane: string, ns: bigint): void {
    const carried = this.#carried.get(lane)
    if (carried !== undefined) for (const hole of carried) hole.endAt(ns)
  }

  /** What a token has of them: the newest that may still be filled. `newestNs`: what an earlier tail was told. */
  marks(lane: string, nowMs: number, newestNs: bigint): HoleMark[] {
    const carried = (this.#carried.get(lane) ?? []).flatMap((hole) => hole.marks)
    const found = (this.#found.get(lane) ?? []).flatMap((hole) => hole.marks)
    const marks: HoleMark[] = []
    for (const mark of [...carried, ...found.flatMap((hole) => behind(newestNs, hole))]) {
      if (mark.openedSeconds * 1000 + HOLE_LIFE_MS < nowMs) continue
      if (!marks.some((first) => isWithin(mark, first))) marks.push(mark)
    }
    return marks.slice(-CARRIED_MAX)
  }
}

/** What of a hole lies behind a line that was told before it was found; it may be nothing. */
function behind(ns: bigint, mark: HoleMark): HoleMark[] {
  if (mark.untilNs !== undefined && mark.untilNs <= ns + 1n) return []
  return [{ ...mark, afterNs: latest(ns, mark.afterNs), toldNs: latest(ns, mark.toldNs) }]
}

/** The first says all that is to say about the other. */
function isWithin(mark: HoleMark, first: HoleMark): boolean {
  if (mark.afterNs < first.afterNs) return false
  return first.untilNs === undefined || (mark.untilNs !== undefined && mark.untilNs <= first.untilNs)
}
