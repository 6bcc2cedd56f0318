import type { Hole } from './holes/hole.ts'
import type { ViewerSeam } from './viewer-seam.ts'

/** Holes of a container that are looked for at once; the oldest go first. */
const HOLES_PER_CONTAINER = 16

/** The seams of all viewers of a feed, as far as they decide which rows are looked at. */
export class FeedSeam {
  readonly #viewers = new Set<ViewerSeam>()
  readonly #holes = new Map<string, Hole[]>()

  get viewers(): ReadonlySet<ViewerSeam> {
    return this.#viewers
  }

  add(viewer: ViewerSeam): void {
    this.#viewers.add(viewer)
  }

  remove(viewer: ViewerSeam): void {
    this.#viewers.delete(viewer)
  }

  open(hole: Hole): void {
    const holes = this.#holes.get(hole.lane) ?? []
    holes.push(hole)
    if (holes.length > HOLES_PER_CONTAINER) holes.shift()
    this.#holes.set(hole.lane, holes)
  }

  close(hole: Hole): void {
    const left = (this.#holes.get(hole.lane) ?? []).filter((other) => other !== hole)
    if (left.length === 0) this.#holes.delete(hole.lane)
    else this.#holes.set(hole.lane, left)
  }

  /** May a row that came in be somebody's? The kubelet showed the others. */
  isWanted(lane: string, ns: bigint): boolean {
    for (const viewer of this.#viewers) if (viewer.wantsStored(lane, ns)) return true
    return this.#holes.get(lane)?.some((hole) => hole.covers(ns)) ?? false
  }

  /** The holes that a row fills. Ask once for each row. */
  holesOf(lane: string, ns: bigint, text: string): ReadonlyArray<Hole> | undefined {
    return this.#holes.get(lane)?.filter((hole) => hole.misses(ns, text))
  }
}
