import { grown } from '../keyed/key-table.ts'

const AT_START = 64

/** What one open commit counted: a row of numbers for each entry that it touched. Used again for later commits. */
export class CommitRows {
  readonly #width: number
  commit = -1
  /** How many entries it touched; row i is that of `entries[i]`. */
  count = 0
  entries = new Int32Array(AT_START)
  values: Float64Array<ArrayBuffer>
  /** What points that were generated in this very commit said of it: the same rows, as they were then. */
  covered: Float64Array | undefined
  isCovering = false

  constructor(width: number) {
    this.#width = width
    this.values = new Float64Array(AT_START * width)
  }

  begin(commit: number): void {
    this.commit = commit
    this.count = 0
    this.covered = undefined
    this.isCovering = false
  }

  /** Appends a row of zeros; returns its number. */
  add(entry: number): number {
    const row = this.count++
    this.entries = grown(this.entries, this.count)
    this.values = grown(this.values, this.count * this.#width)
    this.entries[row] = entry
    this.values.fill(0, row * this.#width, this.count * this.#width)
    return row
  }

  /** Points generated now say all that it holds. */
  cover(): void {
    this.covered = this.values.slice(0, this.count * this.#width)
    this.isCovering = true
  }
}
