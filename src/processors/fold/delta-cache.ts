const SLOTS = 1 << 14
const SLOT_WORDS = 3

/**
 * Which fold the series of deltas were in last: they have no members, and what they have in common with others is dear to work out for
 * each point. Series push each other out; the caller checks rule and tenant of what it finds.
 */
export class DeltaCache {
  readonly #words = new Int32Array(SLOTS * SLOT_WORDS)

  /** The number of a fold, or 0. */
  find(low: number, high: number): number {
    const at = (low & (SLOTS - 1)) * SLOT_WORDS
    const words = this.#words
    return words[at] === low && words[at + 1] === high ? words[at + 2]! : 0
  }

  set(low: number, high: number, fold: number): void {
    const at = (low & (SLOTS - 1)) * SLOT_WORDS
    this.#words[at] = low
    this.#words[at + 1] = high
    this.#words[at + 2] = fold
  }

  /** Numbers of folds may be given again. */
  clear(): void {
    this.#words.fill(0)
  }
}
