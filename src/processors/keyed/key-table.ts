import { KeyedHash } from '../../otlp/hash/words.ts'

/** No entry has this key; or there is no room for one. */
export const NO_ENTRY = -1

const AT_START = 256

/**
 * Gives 64-bit keys of owners (tenants) small numbers, at most `keysMax` of them, which index the arrays where a processor keeps what it
 * knows of a key. A number stays until it is removed, and is given again after that. Keys are the sender's choice, so they are placed by a
 * keyed hash. Allocates only to grow.
 */
export class KeyTable {
  readonly #hash = new KeyedHash()
  readonly #keysMax: number
  #low = new Int32Array(AT_START)
  #high = new Int32Array(AT_START)
  #owner = new Int32Array(AT_START)
  /** 1: the entry's key can be found; 0: the entry is free, or was detached. */
  #found = new Uint8Array(AT_START)
  /** Open addressing: an entry's number + 1, 0 where nothing stands. At most half full. */
  #index = new Int32Array(2 * AT_START)
  /** Entries that were removed, the last one to be given first. */
  #free = new Int32Array(0)
  #freeCount = 0
  #end = 0

  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  /** Past the highest number that was given: who walks all entries asks {@link isFound}. */
  get end(): number {
    return this.#end
  }

  /** How many entries there are, those that were detached included. */
  get size(): number {
    return this.#end - this.#freeCount
  }

  isFound(entry: number): boolean {
    return this.#found[entry] === 1
  }

  /** The words are int32, here and below: unsigned ones would be boxed. */
  find(low: number, high: number, owner: number): number {
    const index = this.#index
    const mask = index.length - 1
    let at = this.#hash.words(low, high, owner) & mask
    for (; index[at] !== 0; at = (at + 1) & mask) {
      const entry = index[at]! - 1
      if (this.#low[entry] === low && this.#high[entry] === high && this.#owner[entry] === owner) return entry
    }
    return NO_ENTRY
  }

  /** A key that is not found yet. */
  add(low: number, high: number, owner: number): number {
    if (this.size >= this.#keysMax) return NO_ENTRY
    const entry = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#end++
    if (entry === this.#low.length) this.#grow()
    this.#low[entry] = low
    this.#high[entry] = high
    this.#owner[entry] = owner
    this.#found[entry] = 1
    this.#place(entry)
    return entry
  }

  /** The key is not found any more; the entry keeps its number until {@link remove} or {@link clear}. */
  detach(entry: number): void {
    if (this.#found[entry] === 0) return
    this.#found[entry] = 0
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#homeOf(entry) & mask
    while (index[hole] !== entry + 1) hole = (hole + 1) & mask
    index[hole] = 0
    // What stands behind the hole moves into it where it could not be found otherwise.
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#homeOf(index[at]! - 1) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      index[hole] = index[at]!
      index[at] = 0
      hole = at
    }
  }

  /** Frees the entry's number. */
  remove(entry: number): void {
    this.detach(entry)
    if (this.#freeCount === this.#free.length) {
      const grown = new Int32Array(Math.max(AT_START, 2 * this.#freeCount))
      grown.set(this.#free)
      this.#free = grown
    }
    this.#free[this.#freeCount++] = entry
  }

  clear(): void {
    this.#found.fill(0, 0, this.#end)
    this.#index.fill(0)
    this.#freeCount = 0
    this.#end = 0
  }

  #homeOf(entry: number): number {
    return this.#hash.words(this.#low[entry]!, this.#high[entry]!, this.#owner[entry]!)
  }

  #place(entry: number): void {
    const index = this.#index
    const mask = index.length - 1
    let at = this.#homeOf(entry) & mask
    while (index[at] !== 0) at = (at + 1) & mask
    index[at] = entry + 1
  }

  #grow(): void {
    this.#low = grown(this.#low, 2 * this.#low.length)
    this.#high = grown(this.#high, this.#low.length)
    this.#owner = grown(this.#owner, this.#low.length)
    this.#found = grown(this.#found, this.#low.length)
    this.#index = new Int32Array(2 * this.#low.length)
    for (let entry = 0; entry < this.#end; entry++) if (this.#found[entry] === 1) this.#place(entry)
  }
}

type Numbers =
  | Uint8Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>

/** The array itself if it has that many elements, else a longer one that begins the same: for what stands beside a {@link KeyTable}. */
export function grown<Of extends Numbers>(array: Of, length: number): Of {
  if (array.length >= length) return array
  const longer = new (array.constructor as new (length: number) => Of)(Math.max(length, 2 * array.length))
  longer.set(array)
  return longer
}
