/** What one open commit did: runs of an entry and how often, one after the other. */
type Hits = { commit: number; runs: Uint32Array<ArrayBuffer>; length: number }

const AT_START = 512
/** Two commits are open at one time; a longer memory than the usual is given back. */
const SPARE_MAX = 2
const KEPT_WORDS_MAX = 1 << 16

/**
 * Which entries of a table the open commits touched, and how often: what a refused commit taught is undone by it. Of records of one entry that
 * stand together one run is kept: 8 bytes. Commits end in order.
 */
export class CommitHits {
  readonly #open: Hits[] = []
  readonly #spare: Hits[] = []
  #current: Hits = { commit: -1, runs: new Uint32Array(2), length: 0 }

  /** Whether no commit with hits is open. */
  get isSettled(): boolean {
    return this.#open.every(({ length }) => length === 0)
  }

  /** From now on records join `commit`. */
  begin(commit: number): void {
    const last = this.#open.at(-1)
    this.#current = last?.commit === commit ? last : this.#begin(commit)
  }

  /** An entry was touched by a record of the commit that was begun. */
  add(entry: number): void {
    const hits = this.#current
    const { length, runs } = hits
    if (length > 0 && runs[length - 2] === entry) {
      runs[length - 1]!++
      return
    }
    if (length === runs.length) {
      const longer = new Uint32Array(2 * length)
      longer.set(runs)
      hits.runs = longer
    }
    hits.runs[length] = entry
    hits.runs[length + 1] = 1
    hits.length += 2
  }

  /** Calls `settle` for each run of the commit, if it is given. */
  committed(commit: number, settle?: (entry: number) => void): void {
    const hits = this.#take(commit)
    if (hits === undefined) return
    if (settle !== undefined) for (let i = 0; i < hits.length; i += 2) settle(hits.runs[i]!)
    this.#giveBack(hits)
  }

  /** Calls `undo` for each run of the commit, the last first. */
  refused(commit: number, undo: (entry: number, times: number) => void): void {
    const hits = this.#take(commit)
    if (hits === undefined) return
    for (let i = hits.length - 2; i >= 0; i -= 2) undo(hits.runs[i]!, hits.runs[i + 1]!)
    this.#giveBack(hits)
  }

  #begin(commit: number): Hits {
    const hits = this.#spare.pop() ?? { commit, runs: new Uint32Array(AT_START), length: 0 }
    hits.commit = commit
    hits.length = 0
    this.#open.push(hits)
    return hits
  }

  #take(commit: number): Hits | undefined {
    const open = this.#open
    while (open.length > 0 && open[0]!.commit < commit) open.shift()
    return open[0]?.commit === commit ? open.shift() : undefined
  }

  #giveBack(hits: Hits): void {
    if (this.#spare.length < SPARE_MAX && hits.runs.length <= KEPT_WORDS_MAX) this.#spare.push(hits)
  }
}
