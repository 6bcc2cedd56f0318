/** Comparing and searching ranges of bytes without making a view or a string of them. */

export function equalsAt(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  for (let i = 0; i < needle.length; i++) if (bytes[start + i] !== needle[i]) return false
  return true
}

export function equalRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart
  if (length !== bEnd - bStart) return false
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false
  return true
}

/** Negative, 0 or positive, byte by byte: the order of Go's strings, and of code points. */
export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** Maps each byte to the one it is compared as: itself, or the lower-case letter. */
export const EXACT = Uint8Array.from({ length: 256 }, (_, byte) => byte)
export const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 65 && byte <= 90 ? byte + 32 : byte,
)

export function hasNonAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 128) return true
  return false
}

/** A needle prepared for searching (Horspool: the byte under the needle's end says how far to go on). */
export class Needle {
  readonly length: number
  readonly #needle: Uint8Array
  readonly #fold: Uint8Array
  /** 0 where the needle may end here. */
  readonly #skip = new Uint16Array(256)
  readonly #skipAfterHit: number

  constructor(text: string, foldCase: boolean) {
    this.#fold = foldCase ? FOLDED : EXACT
    this.#needle = Buffer.from(text).map((byte) => this.#fold[byte]!)
    this.length = this.#needle.length
    const last = this.length - 1
    for (let byte = 0; byte < 256; byte++) {
      const folded = this.#fold[byte]!
      if (folded === this.#needle[last]) continue
      this.#skip[byte] = last > 0 ? last - this.#needle.lastIndexOf(folded, last - 1) : 1
    }
    this.#skipAfterHit = last > 0 ? last - this.#needle.lastIndexOf(this.#needle[last]!, last - 1) : 1
  }

  /** Does bytes[start, end) contain the needle? */
  within(bytes: Uint8Array, start: number, end: number): boolean {
    const { length } = this
    if (length === 0) return true
    const skip = this.#skip
    let last = start + length - 1
    while (last < end) {
      const step = skip[bytes[last]!]!
      if (step > 0) last += step
      else if (this.at(bytes, last - length + 1)) return true
      else last += this.#skipAfterHit
    }
    return false
  }

  /** The same by the last byte alone: of alternatives that begin alike most fail there. */
  mayStand(bytes: Uint8Array, start: number): boolean {
    const last = this.length - 1
    return last < 0 || this.#fold[bytes[start + last]!] === this.#needle[last]
  }

  /** Does the needle stand at `start`? The caller knows that there is room for it. */
  at(bytes: Uint8Array, start: number): boolean {
    const needle = this.#needle
    const fold = this.#fold
    for (let i = 0; i < needle.length; i++) if (fold[bytes[start + i]!] !== needle[i]) return false
    return true
  }
}
