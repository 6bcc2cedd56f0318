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

/** A needle prepared for searching (Horspool: the last byte says how far to skip). */
export class Needle {
  readonly #needle: Uint8Array
  readonly #fold: Uint8Array
  readonly #skip = new Uint32Array(256)

  constructor(text: string, foldCase: boolean) {
    this.#fold = foldCase ? FOLDED : EXACT
    this.#needle = Buffer.from(text).map((byte) => this.#fold[byte]!)
    const { length } = this.#needle
    for (let byte = 0; byte < 256; byte++) {
      const last = this.#needle.lastIndexOf(this.#fold[byte]!, length - 2)
      this.#skip[byte] = last === -1 || length < 2 ? Math.max(length, 1) : length - 1 - last
    }
  }

  get length(): number {
    return this.#needle.length
  }

  /** Does bytes[start, end) contain the needle? */
  within(bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.#needle.length
    if (length === 0) return true
    const fold = this.#fold
    const skip = this.#skip
    const lastByte = this.#needle[length - 1]
    for (let last = start + length - 1; last < end; ) {
      const byte = bytes[last]!
      if (fold[byte] === lastByte && this.at(bytes, last - length + 1)) return true
      last += skip[byte]!
    }
    return false
  }

  /** Does the needle stand at `start`? The caller knows that there is room for it. */
  at(bytes: Uint8Array, start: number): boolean {
    const needle = this.#needle
    const fold = this.#fold
    for (let i = 0; i < needle.length; i++) if (fold[bytes[start + i]!] !== needle[i]) return false
    return true
  }
}
