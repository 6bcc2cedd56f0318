/**
 * A varint just read, as two signed 32-bit words: a 64-bit number without BigInt. Whoever reads keeps one
 * instance and looks at it right after `read`.
 */
export class Varint {
  low = 0
  high = 0
  /** Where the byte after the varint stands. */
  end = 0

  /**
   * Reads 1 to 10 bytes from `start`, canonical or not; bits above the 64th are ignored. Returns false if
   * the varint runs past `limit` or is longer than 10 bytes.
   */
  read(bytes: Uint8Array, start: number, limit: number): boolean {
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      const at = start + i
      if (at >= limit) return false
      const byte = bytes[at]!
      const bits = byte & 0x7f
      if (i < 4) low |= bits << (7 * i)
      else if (i === 4) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (7 * i - 32)
      if (byte < 0x80) {
        this.low = low
        this.high = high
        this.end = at + 1
        return true
      }
    }
    return false
  }
}

const SHORT_BYTES_MAX = 5

/** Whether these bytes are one varint of at most five bytes and nothing more. */
export function isShortVarint(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end && bytes[at]! >= 0x80) at++
  return at === end - 1 && end - start <= SHORT_BYTES_MAX
}
