import { KeyedHash } from '../../otlp/hash/words.ts'

/** Keys of one generation: 16 bytes each in a table that is at most half full. */
const PER_GENERATION_MAX = 2 ** 22
const ENTRIES_AT_START = 1024
/** Fingerprints are the sender's choice, and must not be chosen to meet in one slot. */
const HASH = new KeyedHash()

/**
 * Which rows of `metric_series` are durable, so that they are not written again with every point: a set of 64-bit keys
 * in typed arrays. Bounded: when a generation is full the one before it is forgotten, and forgetting is harmless, since
 * the rows are idempotent. A key of the older generation that is asked for moves to the newer one.
 */
export class KnownSeries {
  #young = new KeySet()
  #old = new KeySet()

  has(low: number, high: number): boolean {
    if (this.#young.has(low, high)) return true
    if (!this.#old.has(low, high)) return false
    this.add(low, high)
    return true
  }

  add(low: number, high: number): void {
    if (this.#young.size >= PER_GENERATION_MAX) {
      this.#old = this.#young
      this.#young = new KeySet()
    }
    this.#young.add(low, high)
  }

  forgetAll(): void {
    this.#young = new KeySet()
    this.#old = new KeySet()
  }
}

/** Open addressing over pairs of words; the pair (0, 0) is a free slot, and is never a member. */
class KeySet {
  size = 0
  #words = new Uint32Array(2 * ENTRIES_AT_START)

  has(low: number, high: number): boolean {
    const at = this.#slot(low, high)
    return this.#words[at] === low && this.#words[at + 1] === high && (low | high) !== 0
  }

  add(low: number, high: number): void {
    if ((low | high) === 0) return
    const at = this.#slot(low, high)
    if (this.#words[at] === low && this.#words[at + 1] === high) return
    this.#words[at] = low
    this.#words[at + 1] = high
    this.size++
    if (4 * this.size > this.#words.length) this.#grow()
  }

  /** Where the pair stands, or the free slot where it would. */
  #slot(low: number, high: number): number {
    const words = this.#words
    const mask = words.length / 2 - 1
    let entry = HASH.words(low, high, 0) & mask
    while (
      (words[2 * entry] !== low || words[2 * entry + 1] !== high) &&
      (words[2 * entry]! | words[2 * entry + 1]!) !== 0
    )
      entry = (entry + 1) & mask
    return 2 * entry
  }

  #grow(): void {
    const before = this.#words
    this.#words = new Uint32Array(2 * before.length)
    for (let at = 0; at < before.length; at += 2) {
      const low = before[at]!
      const high = before[at + 1]!
      if ((low | high) === 0) continue
      const to = this.#slot(low, high)
      this.#words[to] = low
      this.#words[to + 1] = high
    }
  }
}
