import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'
import { CommitRows } from './commit-rows.ts'
import type { Labels } from './labels.ts'

/** Two commits are open at one time. */
const SPARE_MAX = 3

/**
 * Counters per series whose sums are those of commits that were not refused. What an open commit adds stands apart until it has ended. A
 * series is an entry: a small number that stays while the series lives.
 */
export class CountedSeries {
  readonly width: number
  readonly #table: KeyTable
  readonly #seriesMax: number
  /** Open commits, in order. Only the last is added to. */
  readonly #open: CommitRows[] = []
  readonly #spare: CommitRows[] = []
  #current: CommitRows
  /** Per entry: its row in the current commit + 1; 0: none. */
  #rowOf = new Int32Array(64)
  #totals: Float64Array<ArrayBuffer>
  #touchedMs = new Float64Array(64)
  #startMs = new Float64Array(64)
  #labels: (Labels | undefined)[] = []

  constructor(width: number, seriesMax: number) {
    this.width = width
    this.#seriesMax = seriesMax
    // Beside them one per tenant for what is past the bound.
    this.#table = new KeyTable(2 * seriesMax)
    this.#totals = new Float64Array(64 * width)
    this.#current = new CommitRows(width)
  }

  get size(): number {
    return this.#table.size
  }

  get open(): ReadonlyArray<CommitRows> {
    return this.#open
  }

  /** From now on what is counted joins `commit`. */
  begin(commit: number): void {
    if (this.#current.commit === commit && this.#open.at(-1) === this.#current) return
    const { entries, count } = this.#current
    for (let i = 0; i < count; i++) this.#rowOf[entries[i]!] = 0
    this.#current = this.#spare.pop() ?? new CommitRows(this.width)
    this.#current.begin(commit)
    this.#open.push(this.#current)
  }

  /** The words are int32. */
  find(low: number, high: number, owner: number): number {
    return this.#table.find(low, high, owner)
  }

  hasRoom(): boolean {
    return this.#table.size < this.#seriesMax
  }

  /** A series that is not found yet; {@link NO_ENTRY} where even what is past the bound has no room. */
  add(low: number, high: number, owner: number, labels: Labels, nowMs: number): number {
    const entry = this.#table.add(low, high, owner)
    if (entry === NO_ENTRY) return NO_ENTRY
    this.#rowOf = grown(this.#rowOf, entry + 1)
    this.#startMs = grown(this.#startMs, entry + 1)
    this.#touchedMs = grown(this.#touchedMs, entry + 1)
    this.#totals = grown(this.#totals, (entry + 1) * this.width)
    this.#rowOf[entry] = 0
    this.#startMs[entry] = nowMs
    this.#touchedMs[entry] = nowMs
    this.#totals.fill(0, entry * this.width, (entry + 1) * this.width)
    while (this.#labels.length < entry) this.#labels.push(undefined)
    this.#labels[entry] = labels
    return entry
  }

  /** The current commit's rows; changes as rows are added, so ask after {@link rowAt}. */
  get values(): Float64Array {
    return this.#current.values
  }

  /** Where the entry's row begins in {@link values}, to be added to. */
  rowAt(entry: number): number {
    let row = this.#rowOf[entry]! - 1
    if (row < 0) {
      row = this.#current.add(entry)
      this.#rowOf[entry] = row + 1
    }
    return row * this.width
  }

  /** Adds numbers that an earlier start left. */
  restore(entry: number, slot: number, value: number): void {
    this.#totals[entry * this.width + slot]! += value
  }

  committed(commit: number, nowMs: number): CommitRows | undefined {
    const rows = this.#take(commit)
    if (rows === undefined) return undefined
    const { width } = this
    for (let i = 0; i < rows.count; i++) {
      const entry = rows.entries[i]!
      const to = entry * width
      for (let slot = 0; slot < width; slot++) this.#totals[to + slot]! += rows.values[i * width + slot]!
      this.#touchedMs[entry] = nowMs
    }
    return rows
  }

  refused(commit: number): CommitRows | undefined {
    return this.#take(commit)
  }

  /** All entries that live, those without a count too. */
  *entries(): Generator<number> {
    for (let entry = 0; entry < this.#table.end; entry++) if (this.#table.isFound(entry)) yield entry
  }

  labelsOf(entry: number): Labels {
    return this.#labels[entry]!
  }

  startMsOf(entry: number): number {
    return this.#startMs[entry]!
  }

  touchedMsOf(entry: number): number {
    return this.#touchedMs[entry]!
  }

  /** A copy of all sums, the open commits included: of an entry from `entry * width` on. */
  allSums(): Float64Array {
    const { width } = this
    const sums = this.#totals.slice(0, this.#table.end * width)
    for (const { count, entries, values } of this.#open)
      for (let i = 0; i < count; i++)
        for (let slot = 0; slot < width; slot++)
          sums[entries[i]! * width + slot]! += values[i * width + slot]!
    return sums
  }

  /** Points that are generated in the current commit say all that is counted by now. */
  cover(): void {
    this.#current.cover()
  }

  /** Forgets a series. Not one that an open commit touched. */
  remove(entry: number): void {
    this.#table.remove(entry)
    this.#labels[entry] = undefined
  }

  /** Commits end in order: one before it was never reported. */
  #take(commit: number): CommitRows | undefined {
    const open = this.#open
    while (open.length > 0 && open[0]!.commit < commit) this.#giveBack(open.shift()!)
    if (open[0]?.commit !== commit) return undefined
    const rows = open.shift()!
    this.#giveBack(rows)
    return rows
  }

  /** Its content stays readable until the next `begin`. */
  #giveBack(rows: CommitRows): void {
    if (rows === this.#current) {
      for (let i = 0; i < rows.count; i++) this.#rowOf[rows.entries[i]!] = 0
      this.#current = new CommitRows(this.width)
    }
    if (this.#spare.length < SPARE_MAX) this.#spare.push(rows)
  }
}
