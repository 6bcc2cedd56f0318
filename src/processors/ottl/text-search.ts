import { EXACT, FOLDED } from './byte-search.ts'

/** A text this short would make the search for the others slow: it looks at every byte then. */
export const SHARED_LENGTH_MIN = 4
const TEXTS_MAX = 31

type Text = { readonly bytes: Uint8Array; readonly fold: Uint8Array }

/** Bytes that are looked at together: few sentences have any three that stand in one of the texts. */
const TRIO = 3
/** Places of trios, which are hashed. Those that share one are compared for nothing. */
const PLACES = 1 << 12

/** By a byte: those that are the same where case is ignored. */
const EITHER_CASE = Array.from(FOLDED, (folded) =>
  [...FOLDED.keys()].filter((byte) => FOLDED[byte] === folded),
)

/**
 * Texts that several conditions look for in the same value, looked for in one pass the first time that one of them is asked about. Three bytes are looked at in every so
 * many that no text fits between; where they stand in the beginning of a text, case ignored, it is compared as it is meant. Steps that are all
 * the same are quicker than those of Horspool's search, where each must wait to hear how long it is.
 */
export class TextSearch {
  readonly #texts: Text[] = []
  /** From one look to the next: the shortest text has a trio that begins at each of so many places. */
  #step = 0
  /** By the place of a trio: which texts have it among their first, as bits. */
  readonly #candidates = new Int32Array(PLACES)
  #found = 0
  /** The bits of all texts. */
  #all = 0
  #epoch = -1
  #record = -1

  /** The number by which {@link has} knows a text; undefined if it is too short, or there are too many. Before the first search. */
  add(text: string, foldCase: boolean): number | undefined {
    const fold = foldCase ? FOLDED : EXACT
    const bytes = Uint8Array.from(Buffer.from(text), (byte) => fold[byte]!)
    if (bytes.length < SHARED_LENGTH_MIN || this.#texts.length === TEXTS_MAX) return undefined
    this.#texts.push({ bytes, fold })
    // Prepared when all are known: with the first search.
    this.#step = 0
    return this.#texts.length - 1
  }

  /** Whether this record's value was searched already. */
  isAbout(epoch: number, record: number): boolean {
    return record === this.#record && epoch === this.#epoch
  }

  /** Searches bytes[start, end), the value of this record. */
  search(epoch: number, record: number, bytes: Uint8Array, start: number, end: number): void {
    this.#record = record
    this.#epoch = epoch
    if (this.#step === 0) this.#prepare()
    this.#found = this.#search(bytes, start, end)
  }

  /** Does the value that was searched last contain the text? */
  has(text: number): boolean {
    return (this.#found & (1 << text)) !== 0
  }

  #prepare(): void {
    this.#all = (2 ** this.#texts.length - 1) | 0
    this.#step = Math.min(...this.#texts.map(({ bytes }) => bytes.length)) - TRIO + 1
    this.#candidates.fill(0)
    for (const [number, { bytes }] of this.#texts.entries())
      for (let i = 0; i < this.#step; i++)
        for (const a of EITHER_CASE[bytes[i]!]!)
          for (const b of EITHER_CASE[bytes[i + 1]!]!)
            for (const c of EITHER_CASE[bytes[i + 2]!]!) this.#candidates[placeOf(a, b, c)]! |= 1 << number
  }

  #search(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.#candidates
    const step = this.#step | 0
    const last = (end - TRIO) | 0
    let found = 0
    for (let at = start | 0; at <= last; at = (at + step) | 0) {
      const texts = candidates[placeOf(bytes[at]!, bytes[(at + 1) | 0]!, bytes[(at + 2) | 0]!)]!
      if (texts === 0) continue
      found |= this.#around(at, texts & ~found, bytes, start, end)
      if (found === this.#all) break
    }
    return found
  }

  /** Which of the texts stand where one of their first trios is at `at`. */
  #around(at: number, texts: number, bytes: Uint8Array, start: number, end: number): number {
    const first = Math.max(start, at - this.#step + 1)
    let found = 0
    for (let left = texts; left !== 0; left &= left - 1) {
      const number = 31 - Math.clz32(left & -left)
      const text = this.#texts[number]!
      for (let from = first; from <= at; from++) if (standsAt(text, bytes, from, end)) found |= 1 << number
    }
    return found
  }
}

function placeOf(a: number, b: number, c: number): number {
  return ((a << 6) ^ (b << 3) ^ c) & (PLACES - 1)
}

function standsAt({ bytes: text, fold }: Text, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = text
  if (end - start < length) return false
  for (let i = 0; i < length; i++) if (fold[bytes[start + i]!] !== text[i]) return false
  return true
}
