/** Where the hash of a line is written: 64 bits as two words. */
export type LineHash = { low: number; high: number }

/**
 * Tells lines of one nanosecond of one container apart; no secret hangs on it, and whoever writes lines that collide loses
 * lines of his own. Two FNV-1a lanes over 32 bits each; `length` is the whole line's, of which `bytes` may be the head.
 */
export function hashLine(bytes: Buffer, start: number, end: number, length: number, out: LineHash): void {
  let low = 0x811c9dc5 | 0
  let high = 0x9747b28c | 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high ^ byte, 0x85ebca6b)
    high ^= high >>> 13
  }
  out.low = (Math.imul(low ^ length, 0x01000193) ^ (low >>> 15)) >>> 0
  out.high = Math.imul(high ^ length, 0xc2b2ae35) >>> 0
}
