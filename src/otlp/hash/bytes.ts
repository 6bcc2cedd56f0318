import { randomBytes } from 'node:crypto'

const secret = randomBytes(8)
const SECRET_LOW = secret.readInt32LE(0)
const SECRET_HIGH = secret.readInt32LE(4)

/**
 * HalfSipHash-1-3 of `bytes[start, end)` as an int32 (an unsigned number would be boxed), under a secret of this
 * process: senders choose the keys, and must not be able to choose keys that collide.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let v0 = SECRET_LOW
  let v1 = SECRET_HIGH
  let v2 = SECRET_LOW ^ 0x6c796765
  let v3 = SECRET_HIGH ^ 0x74656462
  const length = end - start
  const words = start + (length & ~3)
  let finalRounds = 0
  for (let i = start; finalRounds < 4; ) {
    // The last word holds the rest of the bytes and the length; after it come three rounds over zero.
    let word = 0
    if (i < words) {
      word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
      i += 4
    } else if (finalRounds++ === 0) {
      word = length << 24
      for (let shift = 0; i < end; shift += 8) word |= bytes[i++]! << shift
    } else if (finalRounds === 2) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return v1 ^ v3
}
