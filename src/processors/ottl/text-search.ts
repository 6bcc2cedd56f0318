import { EXACT, FOLDED } from './byte-search.ts'

/** A text this short would make the search for the others slow: it looks at every byte then. */
export const SHARED_LENGTH_MIN = 4
const TEXTS_MAX = 31

type Text = { readonly bytes: Uint8Array; readonly fold: Uint8Array }

/**
 * Texts that several conditions look for in the same value, looked for in one pass the first time that one of them is asked about (Horspool's search over the
 * beginnings of all, case ignored; what may stand there is then compared as it is meant).
 */
export class TextSearch {
  readonly #texts: Text[] = []
  /** What is searched: so many bytes of each text. */
  #length = 0
  /** By the byte under the end of what is searched: how far to go on, 0 where a text may stand, and which, as bits. */
  readonly #skip = new Uint8Array(256)
  readonly #candidates = new Int32Array(256)
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
    this.#prepare()
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
    this.#found = this.#search(bytes, start, end)
  }

  /** Does the value that was searched last contain the text? */
  has(text: number): boolean {
    return (this.#found & (1 << text)) !== 0
  }

  #prepare(): void {
    this.#all = (2 ** this.#texts.length - 1) | 0
    this.#length = Math.min(255, ...this.#texts.map(({ bytes }) => bytes.length))
    const last = this.#length - 1
    this.#skip.fill(this.#length)
    this.#candidates.fill(0)
    for (const [number, { bytes }] of this.#texts.entries())
      for (let byte = 0; byte < 256; byte++) {
        const folded = FOLDED[byte]!
        for (let i = 0; i < last; i++)
          if (FOLDED[bytes[i]!] === folded) this.#skip[byte] = Math.min(this.#skip[byte]!, last - i)
        if (FOLDED[bytes[last]!] === folded) this.#candidates[byte]! |= 1 << number
      }
    for (let byte = 0; byte < 256; byte++) if (this.#candidates[byte] !== 0) this.#skip[byte] = 0
  }

  #search(bytes: Uint8Array, start: number, end: number): number {
    const skip = this.#skip
    const before = this.#length - 1
    const all = this.#all
    let found = 0
    let last = start + before
    for (;;) {
      while (last < end) {
        const step = skip[bytes[last]!]!
        if (step === 0) break
        last = (last + step) | 0
      }
      if (last >= end) break
      let candidates = this.#candidates[bytes[last]!]! & ~found
      for (; candidates !== 0; candidates &= candidates - 1) {
        const text = 31 - Math.clz32(candidates & -candidates)
        if (standsAt(this.#texts[text]!, bytes, last - before, end)) found |= 1 << text
      }
      if (found === all) break
      last = (last + 1) | 0
    }
    return found
  }
}

function standsAt({ bytes: text, fold }: Text, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = text
  if (end - start < length) return false
  for (let i = 0; i < length; i++) if (fold[bytes[start + i]!] !== text[i]) return false
  return true
}
