import { type Hole, linesUntil } from './sequences.ts'

const RANGES_MAX = 1000

type Range = { fromNs: bigint; toNs: bigint }

/** The times between which a tail said that lines may be missing: ascending and apart. */
export class Announced {
  readonly #slackNs: bigint
  readonly #ranges: Range[] = []

  /** `slackNs`: announcements reach so much further on both sides, since clocks and times of receipt differ. */
  constructor(slackNs: bigint) {
    this.#slackNs = slackNs
  }

  add(fromNs: bigint, toNs: bigint): void {
    const range = { fromNs: fromNs - this.#slackNs, toNs: toNs + this.#slackNs }
    const first = this.#ranges.findIndex((known) => known.toNs >= range.fromNs)
    const at = first === -1 ? this.#ranges.length : first
    let end = at
    for (; end < this.#ranges.length && this.#ranges[end]!.fromNs <= range.toNs; end++) {
      const known = this.#ranges[end]!
      if (known.fromNs < range.fromNs) range.fromNs = known.fromNs
      if (known.toNs > range.toNs) range.toNs = known.toNs
    }
    this.#ranges.splice(at, end - at, range)
    // Rather a gap that counts as unannounced than no bound.
    if (this.#ranges.length > RANGES_MAX) this.#ranges.shift()
  }

  covers(ns: bigint): boolean {
    return this.#ranges.some(({ fromNs, toNs }) => fromNs <= ns && ns <= toNs)
  }

  /** How many lines of a hole, up to its `count`th line, were announced. */
  covered(hole: Hole, count: number): number {
    let covered = 0
    for (const { fromNs, toNs } of this.#ranges) {
      if (toNs < hole.fromNs || fromNs > hole.toNs) continue
      covered += linesUntil(hole, toNs + 1n, count) - linesUntil(hole, fromNs, count)
    }
    return covered
  }
}
