/**
 * Counters that count only what became durable: what was added for a commit joins the totals when the commit
 * does, and is forgotten when it is refused, since its senders will send again. Bounded by the commits that are
 * open at one time.
 */
export class CommittedCounts {
  readonly totals: Float64Array
  /** Open commits in order, each with its own counts. */
  readonly #open: { readonly commit: number; readonly counts: Float64Array }[] = []

  constructor(size: number) {
    this.totals = new Float64Array(size)
  }

  /** The counts of a commit, to be added to. */
  of(commit: number): Float64Array {
    const last = this.#open.at(-1)
    if (last?.commit === commit) return last.counts
    const counts = new Float64Array(this.totals.length)
    this.#open.push({ commit, counts })
    return counts
  }

  committed(commit: number): void {
    const counts = this.#take(commit)
    if (counts !== undefined) for (let i = 0; i < counts.length; i++) this.totals[i]! += counts[i]!
  }

  refused(commit: number): void {
    this.#take(commit)
  }

  /** Takes out the counts of a commit, if it has any. Commits end in order: one before it was never reported. */
  #take(commit: number): Float64Array | undefined {
    const open = this.#open
    while (open.length > 0 && open[0]!.commit < commit) open.shift()
    return open[0]?.commit === commit ? open.shift()!.counts : undefined
  }
}
