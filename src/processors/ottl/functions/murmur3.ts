/** MurmurHash3 (Austin Appleby, public domain), x86 32 bits and x64 128 bits with seed 0, as hexadecimal little-endian. */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

export function murmur3(bytes: Buffer): string {
  const blocksEnd = bytes.length & ~3
  let hash = 0
  for (let at = 0; at < blocksEnd; at += 4)
    hash = (Math.imul(rotate(hash ^ scramble(bytes.readInt32LE(at)), 13), 5) + 0xe6546b64) | 0
  let tail = 0
  for (let at = bytes.length - 1; at >= blocksEnd; at--) tail = (tail << 8) | bytes[at]!
  hash ^= scramble(tail) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  const out = Buffer.alloc(4)
  out.writeInt32LE(hash ^ (hash >>> 16))
  return out.toString('hex')
}

const MASK = (1n << 64n) - 1n
const FIRST = 0x87c37b91114253d5n
const SECOND = 0x4cf5ad432745937fn

function rotateLong(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK
}

function scrambleFirst(block: bigint): bigint {
  return (rotateLong((block * FIRST) & MASK, 31n) * SECOND) & MASK
}

function scrambleSecond(block: bigint): bigint {
  return (rotateLong((block * SECOND) & MASK, 33n) * FIRST) & MASK
}

function finish(hash: bigint): bigint {
  const once = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & MASK
  const twice = ((once ^ (once >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK
  return twice ^ (twice >> 33n)
}

export function murmur3Long(bytes: Buffer): string {
  const length = BigInt(bytes.length)
  const blocksEnd = bytes.length & ~15
  let a = 0n
  let b = 0n
  for (let at = 0; at < blocksEnd; at += 16) {
    a =
      (((rotateLong(a ^ scrambleFirst(bytes.readBigUInt64LE(at)), 27n) + b) & MASK) * 5n + 0x52dce729n) & MASK
    b =
      (((rotateLong(b ^ scrambleSecond(bytes.readBigUInt64LE(at + 8)), 31n) + a) & MASK) * 5n + 0x38495ab5n) &
      MASK
  }
  const tail = Buffer.alloc(16)
  bytes.copy(tail, 0, blocksEnd)
  a ^= scrambleFirst(tail.readBigUInt64LE(0)) ^ length
  b ^= scrambleSecond(tail.readBigUInt64LE(8)) ^ length
  a = (a + b) & MASK
  b = (b + a) & MASK
  a = finish(a)
  b = finish(b)
  a = (a + b) & MASK
  const out = Buffer.alloc(16)
  out.writeBigUInt64LE(a, 0)
  out.writeBigUInt64LE((b + a) & MASK, 8)
  return out.toString('hex')
}
