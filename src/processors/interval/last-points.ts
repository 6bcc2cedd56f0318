import { CommitHits } from '../keyed/commit-hits.ts'
import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'

const AT_START = 256
/** Of one sweep's work: some milliseconds. */
const ENTRIES_PER_SWEEP = 1 << 16

/**
 * Which interval the last point of each series that passed is of, and since when the series counts. Forgetting a series is harmless: its next
 * point passes. Past `seriesMax` further series pass whole.
 */
export class LastPoints {
  readonly #table: KeyTable
  readonly #hits = new CommitHits()
  #interval = new Float64Array(AT_START)
  /** StartTimeUnixNano, low and high word. */
  #start = new Int32Array(2 * AT_START)
  /** 1: it was seen since the last sweep. */
  #seen = new Uint8Array(AT_START)
  /** The last commit in which a point of it passed. */
  #commit = new Float64Array(AT_START)
  #openCommit = -1
  #endedCommit = -1
  #sweepAt = 0
  #sweepEnd = 0

  constructor(seriesMax: number) {
    this.#table = new KeyTable(seriesMax)
  }

  /** From now on points join `commit`. */
  begin(commit: number): void {
    this.#hits.begin(commit)
    this.#openCommit = commit
  }

  /** Whether a point is the first of its series and interval, or of a series that began anew; then it is remembered as such. The words are int32. */
  isFirst(
    low: number,
    high: number,
    owner: number,
    interval: number,
    startLow: number,
    startHigh: number,
  ): boolean {
    let entry = this.#table.find(low, high, owner)
    if (entry === NO_ENTRY) {
      entry = this.#table.add(low, high, owner)
      if (entry === NO_ENTRY) return true
      this.#interval = grown(this.#interval, entry + 1)
      this.#start = grown(this.#start, 2 * entry + 2)
      this.#seen = grown(this.#seen, entry + 1)
      this.#commit = grown(this.#commit, entry + 1)
    } else if (
      this.#interval[entry] === interval &&
      this.#start[2 * entry] === startLow &&
      this.#start[2 * entry + 1] === startHigh
    ) {
      this.#seen[entry] = 1
      return false
    }
    this.#interval[entry] = interval
    this.#start[2 * entry] = startLow
    this.#start[2 * entry + 1] = startHigh
    this.#seen[entry] = 1
    this.#commit[entry] = this.#openCommit
    this.#hits.add(entry)
    return true
  }

  committed(commit: number): void {
    this.#hits.committed(commit)
    this.#endedCommit = commit
  }

  /** The points that passed last and in it did not: the next ones of their series do. */
  refused(commit: number): void {
    this.#hits.refused(commit, (entry) => {
      if (this.#commit[entry] === commit) this.#interval[entry] = Number.NaN
    })
    this.#endedCommit = commit
  }

  /** Begins to look for series that are not seen any more. */
  beginSweep(): void {
    this.#sweepAt = 0
    this.#sweepEnd = this.#table.end
  }

  /** A part of that; to be called now and then. */
  sweep(): void {
    const end = Math.min(this.#sweepEnd, this.#sweepAt + ENTRIES_PER_SWEEP)
    for (let entry = this.#sweepAt; entry < end; entry++) {
      // What an open commit names keeps its number.
      const isIdle = this.#seen[entry] === 0 && this.#commit[entry]! <= this.#endedCommit
      if (isIdle && this.#table.isFound(entry)) this.#table.remove(entry)
      this.#seen[entry] = 0
    }
    this.#sweepAt = end
  }
}
