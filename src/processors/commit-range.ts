const NEVER = -1

/** Which commits a pipeline had part in and was not told the end of yet: from the first to the last. */
export class CommitRange {
  #first = NEVER
  #last = NEVER

  joins(commit: number): void {
    if (this.#first === NEVER) this.#first = commit
    this.#last = commit
  }

  has(commit: number): boolean {
    return this.#first !== NEVER && this.#first <= commit && commit <= this.#last
  }

  get isEmpty(): boolean {
    return this.#last === NEVER
  }

  /** What has ended is over: whether nothing is left after this commit. */
  ended(commit: number): boolean {
    if (this.#last > commit) return false
    this.#first = this.#last = NEVER
    return true
  }
}
