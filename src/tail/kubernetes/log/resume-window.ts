import { compareStamps } from './cri-stamp.ts'
import type { LineHash } from './line-hash.ts'

/**
 * The lines seen last, as (stamp, hash), in the order of the file. `sinceTime` is a whole second, so after a reconnect some
 * of them come again. At most `entriesMax` are kept; of those that had no room the stamps are remembered as a bound.
 */
export class ResumeWindow {
  readonly #entriesMax: number
  /** A ring of entries, four words each: seconds, nanos, low, high. Its size is a power of two. */
  #words = new Uint32Array(64 * WORDS)
  #first = 0
  #count = 0
  #forgottenSeconds = 0
  #forgottenNanos = 0

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#count
  }

  /** The newest line's stamp. Only of a window that is not empty. */
  get newestSeconds(): number {
    return this.#words[this.#at(this.#count - 1)]!
  }

  get newestNanos(): number {
    return this.#words[this.#at(this.#count - 1) + 1]!
  }

  /** A line was seen. Entries more than `keepSeconds` older are dropped: no replay reaches back to them. */
  add(seconds: number, nanos: number, hash: LineHash, keepSeconds: number): void {
    while (this.#count > 0 && this.#words[this.#at(0)]! + keepSeconds < seconds) this.#dropOldest()
    if (this.#count * WORDS === this.#words.length) {
      if (this.#count < this.#entriesMax) this.#grow()
      else this.#dropOldest()
    }
    const at = this.#at(this.#count++)
    this.#words[at] = seconds
    this.#words[at + 1] = nanos
    this.#words[at + 2] = hash.low
    this.#words[at + 3] = hash.high
  }

  /** Lines up to this stamp may have been seen without being kept. */
  forgetUpTo(seconds: number, nanos: number): void {
    if (compareStamps(seconds, nanos, this.#forgottenSeconds, this.#forgottenNanos) <= 0) return
    this.#forgottenSeconds = seconds
    this.#forgottenNanos = nanos
  }

  clear(): void {
    this.#count = 0
    this.#first = 0
    this.#forgottenSeconds = 0
    this.#forgottenNanos = 0
  }

  /** What a stream that repeats lines is held against: the window as it is now. */
  replay(): Replay {
    const entries = new Uint32Array(this.#count * WORDS)
    const tail = Math.min(this.#count, this.#words.length / WORDS - this.#first)
    entries.set(this.#words.subarray(this.#at(0), this.#at(0) + tail * WORDS))
    entries.set(this.#words.subarray(0, (this.#count - tail) * WORDS), tail * WORDS)
    return new Replay(entries, this.#forgottenSeconds, this.#forgottenNanos)
  }

  #at(index: number): number {
    return ((this.#first + index) * WORDS) & (this.#words.length - 1)
  }

  #dropOldest(): void {
    const at = this.#at(0)
    this.forgetUpTo(this.#words[at]!, this.#words[at + 1]!)
    this.#first = (this.#first + 1) & (this.#words.length / WORDS - 1)
    this.#count--
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2)
    const start = this.#at(0)
    words.set(this.#words.subarray(start))
    words.set(this.#words.subarray(0, start), this.#words.length - start)
    this.#words = words
    this.#first = 0
  }
}

const WORDS = 4

/** What a line of a replay is. `newest` is the last that repeats: all after it is new. */
export type Meeting =
  | 'known'
  | 'newest'
  /** Not kept, and not newer than what was dropped: it was seen. */
  | 'forgotten'
  /** Not seen: if the newest has not come back, the file was rotated in between. */
  | 'other'

/** Takes every entry of the window out once, however often one line was written in one nanosecond. */
export class Replay {
  readonly #entries: Uint32Array
  readonly #taken: Uint8Array
  /** Per hash word the oldest entry; `#next` leads to the younger ones. */
  readonly #chains = new Map<number, number>()
  readonly #next: Int32Array
  readonly #forgottenSeconds: number
  readonly #forgottenNanos: number

  constructor(entries: Uint32Array, forgottenSeconds: number, forgottenNanos: number) {
    const count = entries.length / WORDS
    this.#entries = entries
    this.#taken = new Uint8Array(count)
    this.#next = new Int32Array(count)
    this.#forgottenSeconds = forgottenSeconds
    this.#forgottenNanos = forgottenNanos
    for (let index = count - 1; index >= 0; index--) {
      const low = entries[index * WORDS + 2]!
      this.#next[index] = this.#chains.get(low) ?? -1
      this.#chains.set(low, index)
    }
  }

  meet(seconds: number, nanos: number, hash: LineHash): Meeting {
    for (let index = this.#chains.get(hash.low) ?? -1; index >= 0; index = this.#next[index]!) {
      const at = index * WORDS
      if (this.#taken[index] === 1 || this.#entries[at + 3] !== hash.high) continue
      if (this.#entries[at] !== seconds || this.#entries[at + 1] !== nanos) continue
      this.#taken[index] = 1
      return index === this.#taken.length - 1 ? 'newest' : 'known'
    }
    const forgotten = compareStamps(seconds, nanos, this.#forgottenSeconds, this.#forgottenNanos) <= 0
    return forgotten ? 'forgotten' : 'other'
  }
}
