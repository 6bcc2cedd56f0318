import { hashBytes } from '../../otlp/hash/bytes.ts'
import { isOversized } from './column.ts'
import { putVaruint, SourceView } from './string.ts'

const KEYS_AT_START = 64
const RECENT = 256
/** Shorter keys are compared byte by byte. */
const WORDS_FROM_BYTES = 8
const WORD = 4

let scratch = Buffer.allocUnsafe(1024)

/**
 * The keys of a LowCardinality column in one block, found by their bytes: open addressing, no string or object
 * per key. Key 0 is the empty string, as in ClickHouse's own dictionaries.
 *
 * Before a key is hashed, the key last seen at a cheap guess (length and three bytes) is compared with it: log
 * records repeat a few keys, so nearly all look-ups end there.
 */
export class Dictionary {
  /** Keys in order, each as it stands in the block: length as varuint, then bytes. */
  keys = Buffer.allocUnsafe(1024)
  keysLength = 1
  count = 1
  #starts = new Uint32Array(KEYS_AT_START)
  #ends = new Uint32Array(KEYS_AT_START)
  #hashes = new Int32Array(KEYS_AT_START)
  /** Key numbers by hash; 0 is a free slot, since key 0 is never looked up here. */
  #slots = new Uint32Array(2 * KEYS_AT_START)
  /** Candidates only: checked against the count and compared by bytes, so never cleared. */
  readonly #recent = new Uint32Array(RECENT)
  readonly #byString = new Map<string, number>()
  readonly #source = new SourceView()
  readonly #keys = new SourceView()

  constructor() {
    this.keys[0] = 0
  }

  /** The number of the key `source[start, end)`, added if it is new. */
  indexOf(source: Buffer, start: number, end: number): number {
    const length = end - start
    if (length === 0) return 0
    const guess =
      (length ^ (source[start]! << 1) ^ (source[end - 1]! << 3) ^ (source[(start + end) >>> 1]! << 2)) &
      (RECENT - 1)
    const candidate = this.#recent[guess]!
    if (candidate !== 0 && candidate < this.count && this.#equals(candidate, source, start, end))
      return candidate
    const found = this.#find(source, start, end)
    this.#recent[guess] = found
    return found
  }

  /** The number of the key `text`. For values of resources, which are strings that come again and again. */
  indexOfString(text: string): number {
    const known = this.#byString.get(text)
    if (known !== undefined) return known
    if (scratch.length < text.length * 3) scratch = Buffer.allocUnsafe(text.length * 3)
    const found = this.indexOf(scratch, 0, scratch.write(text, 0))
    this.#byString.set(text, found)
    return found
  }

  reset(): void {
    // Clearing the slots costs their number, so a large table for few keys goes.
    if (isOversized(this.#slots.byteLength * 8, this.count * 64)) {
      this.#slots = new Uint32Array(2 * KEYS_AT_START)
      this.#starts = new Uint32Array(KEYS_AT_START)
      this.#ends = new Uint32Array(KEYS_AT_START)
      this.#hashes = new Int32Array(KEYS_AT_START)
    } else this.#slots.fill(0)
    if (isOversized(this.keys.length, this.keysLength)) {
      this.keys = Buffer.allocUnsafe(1024)
      this.keys[0] = 0
    }
    this.keysLength = 1
    this.count = 1
    this.#byString.clear()
    this.#source.clear()
    this.#keys.clear()
  }

  #equals(key: number, source: Buffer, start: number, end: number): boolean {
    const keys = this.keys
    const keyStart = this.#starts[key]!
    const length = end - start
    if (this.#ends[key]! - keyStart !== length) return false
    if (length >= WORDS_FROM_BYTES) return this.#equalWords(keyStart, source, start, length)
    for (let i = 0; i < length; i++) if (keys[keyStart + i] !== source[start + i]) return false
    return true
  }

  /** Four bytes at a time; the last four may overlap those before. */
  #equalWords(keyStart: number, source: Buffer, start: number, length: number): boolean {
    const keys = this.#keys.of(this.keys)
    const other = this.#source.of(source)
    const last = length - WORD
    for (let i = 0; i < last; i += WORD)
      if (keys.getInt32(keyStart + i, true) !== other.getInt32(start + i, true)) return false
    return keys.getInt32(keyStart + last, true) === other.getInt32(start + last, true)
  }

  #find(source: Buffer, start: number, end: number): number {
    const hash = hashBytes(source, start, end)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let key = this.#slots[slot]!; key !== 0; key = this.#slots[slot]!) {
      if (this.#hashes[key] === hash && this.#equals(key, source, start, end)) return key
      slot = (slot + 1) & mask
    }
    const key = this.count
    if (key === this.#starts.length) {
      this.#grow()
      slot = this.#freeSlot(hash)
    }
    this.#slots[slot] = key
    this.#hashes[key] = hash
    this.#store(key, source, start, end)
    this.count++
    return key
  }

  #store(key: number, source: Buffer, start: number, end: number): void {
    const length = end - start
    const needed = this.keysLength + length + 5
    if (needed > this.keys.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.keys.length * 2))
      this.keys.copy(grown, 0, 0, this.keysLength)
      this.keys = grown
    }
    const at = putVaruint(this.keys, this.keysLength, length)
    source.copy(this.keys, at, start, end)
    this.#starts[key] = at
    this.#ends[key] = at + length
    this.keysLength = at + length
  }

  /** Doubles the table. As many slots are kept as twice the keys, so probes stay short. */
  #grow(): void {
    const keys = this.#starts.length * 2
    this.#starts = extended(this.#starts, new Uint32Array(keys))
    this.#ends = extended(this.#ends, new Uint32Array(keys))
    this.#hashes = extended(this.#hashes, new Int32Array(keys))
    this.#slots = new Uint32Array(keys * 2)
    for (let key = 1; key < this.count; key++) this.#slots[this.#freeSlot(this.#hashes[key]!)] = key
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }
}

function extended<Words extends Int32Array | Uint32Array>(words: Words, into: Words): Words {
  into.set(words)
  return into
}
