/** Numbers that were not seen, between two that were. */
export type Hole = {
  readonly first: number
  readonly lines: number
  /** When the line before it was written. */
  readonly fromNs: bigint
  /** The line after it. */
  readonly toNs: bigint
}

/** Numbers that were all seen. */
type Stretch = { first: number; last: number; firstNs: bigint; lastNs: bigint }

const STRETCHES_MAX = 10_000

/**
 * How many of the first `count` lines of a hole were written before `ns`. Nobody saw them, so they are taken to be spread
 * evenly between the lines around them.
 */
export function linesUntil({ lines, fromNs, toNs }: Hole, ns: bigint, count = lines): number {
  if (ns > toNs) return count
  if (ns <= fromNs) return 0
  const stepNs = Number(toNs - fromNs) / (lines + 1)
  return Math.min(count, Math.ceil(Number(ns - fromNs) / stepNs) - 1)
}

/** Which numbers of a run were seen, as ranges: as many as there are holes, whatever the run's length. */
export class Sequences {
  readonly #stretches: Stretch[]
  readonly #onForgotten: (hole: Hole) => void

  /**
   * Numbers from `base` on; `baseNs` is when the line before it was written, or would have been. `onForgotten`: a hole is told
   * once that is no longer kept, and counts as seen from then on.
   */
  constructor(base: number, baseNs: bigint, onForgotten: (hole: Hole) => void = () => {}) {
    this.#stretches = [{ first: base - 1, last: base - 1, firstNs: baseNs, lastNs: baseNs }]
    this.#onForgotten = onForgotten
  }

  /** The first number after all that were seen. */
  get next(): number {
    return this.#stretches.at(-1)!.last + 1
  }

  has(seq: number): boolean {
    const stretch = this.#stretches[this.#lastBefore(seq)]
    return stretch === undefined || seq <= stretch.last
  }

  /** False: it was there. */
  add(seq: number, ns: bigint): boolean {
    const at = this.#lastBefore(seq)
    const before = this.#stretches[at]
    if (before === undefined || seq <= before.last) return false
    const after = this.#stretches[at + 1]
    const joinsBefore = seq === before.last + 1
    const joinsAfter = after !== undefined && seq === after.first - 1
    if (joinsBefore && joinsAfter) {
      before.last = after.last
      before.lastNs = after.lastNs
      this.#stretches.splice(at + 1, 1)
    } else if (joinsBefore) {
      before.last = seq
      before.lastNs = ns
    } else if (joinsAfter) {
      after.first = seq
      after.firstNs = ns
    } else {
      this.#stretches.splice(at + 1, 0, { first: seq, last: seq, firstNs: ns, lastNs: ns })
      if (this.#stretches.length > STRETCHES_MAX) this.#forgetFirst()
    }
    return true
  }

  /** Of the numbers below `next`; `newestNs`: when the last of them was written. */
  *holes(next: number, newestNs: bigint): Generator<Hole, void, undefined> {
    for (let i = 1; i < this.#stretches.length; i++)
      yield between(this.#stretches[i - 1]!, this.#stretches[i]!)
    const { last, lastNs } = this.#stretches.at(-1)!
    const lines = next - last - 1
    if (lines <= 0) return
    // The newest one is itself missing: the one after it would have come as much later as the others did.
    const spanNs = newestNs > lastNs ? newestNs - lastNs : 0n
    yield { first: last + 1, lines, fromNs: lastNs, toNs: lastNs + spanNs + spanNs / BigInt(lines) + 1n }
  }

  /** Forgets the holes that end before a time. */
  forgetBefore(ns: bigint): void {
    while (this.#stretches.length > 1 && this.#stretches[1]!.firstNs < ns) this.#forgetFirst()
  }

  #forgetFirst(): void {
    const [first, second] = this.#stretches
    this.#onForgotten(between(first!, second!))
    // Numbers below the first stretch count as seen.
    this.#stretches.shift()
  }

  /** The last stretch that begins at or before a number; -1 if none does. */
  #lastBefore(seq: number): number {
    // Nearly always the last one.
    if (this.#stretches.at(-1)!.first <= seq) return this.#stretches.length - 1
    let low = -1
    let high = this.#stretches.length - 1
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#stretches[middle]!.first <= seq) low = middle
      else high = middle
    }
    return low
  }
}

function between(before: Stretch, after: Stretch): Hole {
  const toNs = after.firstNs > before.lastNs ? after.firstNs : before.lastNs + 1n
  return { first: before.last + 1, lines: after.first - before.last - 1, fromNs: before.lastNs, toNs }
}
