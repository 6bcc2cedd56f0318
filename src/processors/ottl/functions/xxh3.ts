/** XXH3 (Yann Collet's specification, version 0.2.0) of 64 and 128 bits, with seed 0 and the default secret, as hexadecimal big-endian. */

const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f' +
    'cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
    '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
    'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364' +
    'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e' +
    '2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)
const MASK = (1n << 64n) - 1n
const MASK_32 = 0xffffffffn
const PRIME_32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn] as const
const PRIME_64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const MIX_1 = 0x165667919e3779f9n
const MIX_2 = 0x9fb21c651e98df25n

const STRIPE = 64
const STRIPES_PER_BLOCK = (SECRET.length - STRIPE) / 8
const BLOCK = STRIPE * STRIPES_PER_BLOCK

const u64 = (bytes: Buffer, at: number): bigint => bytes.readBigUInt64LE(at)
const u32 = (bytes: Buffer, at: number): bigint => BigInt(bytes.readUInt32LE(at))
const secret = (at: number): bigint => u64(SECRET, at)
const times = (a: bigint, b: bigint): bigint => (a * b) & MASK
const plus = (a: bigint, b: bigint): bigint => (a + b) & MASK
const folded = (product: bigint): bigint => (product & MASK) ^ (product >> 64n)
const rotated = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK

function swapped(value: bigint, width: 4 | 8): bigint {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return width === 8 ? bytes.readBigUInt64BE() : BigInt(bytes.readUInt32BE())
}

function avalanche(value: bigint): bigint {
  const mixed = times(value ^ (value >> 37n), MIX_1)
  return mixed ^ (mixed >> 32n)
}

function avalancheOfXxh64(value: bigint): bigint {
  const first = times(value ^ (value >> 33n), PRIME_64[1])
  const second = times(first ^ (first >> 29n), PRIME_64[2])
  return second ^ (second >> 32n)
}

/** Of 16 bytes. */
function mix(input: Buffer, at: number, secretAt: number): bigint {
  return folded((u64(input, at) ^ secret(secretAt)) * (u64(input, at + 8) ^ secret(secretAt + 8)))
}

/** 1 to 3 bytes, and how many, in one word. */
function fewBytes(input: Buffer): bigint {
  const { length } = input
  const word = (input[0]! << 16) | (input[length >> 1]! << 24) | input[length - 1]! | (length << 8)
  return BigInt(word >>> 0)
}

export function xxh3(input: Buffer): string {
  return hexOf(hash64(input))
}

export function xxh128(input: Buffer): string {
  const [low, high] = hash128(input)
  return hexOf(high) + hexOf(low)
}

function hexOf(word: bigint): string {
  return word.toString(16).padStart(16, '0')
}

function hash64(input: Buffer): bigint {
  const { length } = input
  const size = BigInt(length)
  if (length === 0) return avalancheOfXxh64(secret(56) ^ secret(64))
  if (length < 4) return avalancheOfXxh64(u32(SECRET, 0) ^ u32(SECRET, 4) ^ fewBytes(input))
  if (length < 9) {
    const value = secret(8) ^ secret(16) ^ (u32(input, length - 4) | (u32(input, 0) << 32n))
    const spread = times(value ^ rotated(value, 49n) ^ rotated(value, 24n), MIX_2)
    const mixed = times(spread ^ plus(spread >> 35n, size), MIX_2)
    return mixed ^ (mixed >> 28n)
  }
  if (length < 17) {
    const low = secret(24) ^ secret(32) ^ u64(input, 0)
    const high = secret(40) ^ secret(48) ^ u64(input, length - 8)
    return avalanche((size + swapped(low, 8) + high + folded(low * high)) & MASK)
  }
  if (length > 240) return merged(accumulated(input), times(size, PRIME_64[0]), 11)
  return length < 129 ? hash64OfUpTo128(input) : hash64OfUpTo240(input)
}

function hash64OfUpTo128(input: Buffer): bigint {
  const { length } = input
  let sum = BigInt(length) * PRIME_64[0]
  for (let i = (length - 1) >> 5; i >= 0; i--)
    sum += mix(input, 16 * i, 32 * i) + mix(input, length - 16 * (i + 1), 32 * i + 16)
  return avalanche(sum & MASK)
}

function hash64OfUpTo240(input: Buffer): bigint {
  const { length } = input
  let sum = BigInt(length) * PRIME_64[0]
  for (let i = 0; i < 8; i++) sum += mix(input, 16 * i, 16 * i)
  sum = avalanche(sum & MASK)
  for (let i = 8; i < length >> 4; i++) sum += mix(input, 16 * i, 16 * (i - 8) + 3)
  return avalanche((sum + mix(input, length - 16, 119)) & MASK)
}

type Pair = readonly [low: bigint, high: bigint]

function hash128(input: Buffer): Pair {
  const { length } = input
  const size = BigInt(length)
  if (length === 0)
    return [avalancheOfXxh64(secret(64) ^ secret(72)), avalancheOfXxh64(secret(80) ^ secret(88))]
  if (length < 4) {
    const word = fewBytes(input)
    const turned = swapped(word, 4)
    const other = ((turned << 13n) | (turned >> 19n)) & MASK_32
    return [
      avalancheOfXxh64(u32(SECRET, 0) ^ u32(SECRET, 4) ^ word),
      avalancheOfXxh64(u32(SECRET, 8) ^ u32(SECRET, 12) ^ other),
    ]
  }
  if (length < 9) return hash128OfUpTo8(input)
  if (length < 17) return hash128OfUpTo16(input)
  if (length < 241) return hash128OfUpTo240(input)
  const sums = accumulated(input)
  return [
    merged(sums, times(size, PRIME_64[0]), 11),
    merged(sums, times(size, PRIME_64[1]) ^ MASK, SECRET.length - 75),
  ]
}

function hash128OfUpTo8(input: Buffer): Pair {
  const { length } = input
  const value = secret(16) ^ secret(24) ^ (u32(input, 0) | (u32(input, length - 4) << 32n))
  const product = value * plus(PRIME_64[0], BigInt(length << 2))
  const high = plus(product >> 64n, ((product & MASK) << 1n) & MASK)
  const low = (product & MASK) ^ (high >> 3n)
  const mixed = times(low ^ (low >> 35n), MIX_2)
  return [mixed ^ (mixed >> 28n), avalanche(high)]
}

function hash128OfUpTo16(input: Buffer): Pair {
  const { length } = input
  const last = u64(input, length - 8)
  const product = (secret(32) ^ secret(40) ^ u64(input, 0) ^ last) * PRIME_64[0]
  const second = secret(48) ^ secret(56) ^ last
  const carried = (second & (MASK ^ MASK_32)) + (second & MASK_32) * PRIME_32[1]
  const high = plus(product >> 64n, carried)
  const low = plus(product & MASK, BigInt(length - 1) << 54n) ^ swapped(high, 8)
  const spread = low * PRIME_64[1]
  return [avalanche(spread & MASK), avalanche(plus(spread >> 64n, high * PRIME_64[1]))]
}

function hash128OfUpTo240(input: Buffer): Pair {
  const { length } = input
  let low = times(BigInt(length), PRIME_64[0])
  let high = 0n
  const add = (first: number, second: number, secretAt: number): void => {
    low = plus(low, mix(input, first, secretAt)) ^ plus(u64(input, second), u64(input, second + 8))
    high = plus(high, mix(input, second, secretAt + 16)) ^ plus(u64(input, first), u64(input, first + 8))
  }
  if (length < 129) for (let i = (length - 1) >> 5; i >= 0; i--) add(16 * i, length - 16 * (i + 1), 32 * i)
  else {
    for (let i = 0; i < 4; i++) add(32 * i, 32 * i + 16, 32 * i)
    low = avalanche(low)
    high = avalanche(high)
    for (let i = 4; i < length >> 5; i++) add(32 * i, 32 * i + 16, 32 * (i - 4) + 3)
    add(length - 16, length - 32, 103)
  }
  const spread = low * PRIME_64[0] + high * PRIME_64[3] + BigInt(length) * PRIME_64[1]
  return [avalanche(plus(low, high)), -avalanche(spread & MASK) & MASK]
}

/** The eight sums over more than 240 bytes. */
function accumulated(input: Buffer): bigint[] {
  const [first, second, third, fourth, fifth] = PRIME_64
  const sums = [PRIME_32[2], first, second, third, fourth, PRIME_32[1], fifth, PRIME_32[0]]
  const lastBlock = Math.floor((input.length - 1) / BLOCK) * BLOCK
  for (let block = 0; block < lastBlock; block += BLOCK) {
    for (let i = 0; i < STRIPES_PER_BLOCK; i++) addStripe(sums, input, block + i * STRIPE, 8 * i)
    scramble(sums)
  }
  const stripes = Math.floor((input.length - 1 - lastBlock) / STRIPE)
  for (let i = 0; i < stripes; i++) addStripe(sums, input, lastBlock + i * STRIPE, 8 * i)
  addStripe(sums, input, input.length - STRIPE, SECRET.length - STRIPE - 7)
  return sums
}

function addStripe(sums: bigint[], input: Buffer, at: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const word = u64(input, at + 8 * i)
    const keyed = word ^ secret(secretAt + 8 * i)
    sums[i ^ 1] = plus(sums[i ^ 1]!, word)
    sums[i] = plus(sums[i]!, (keyed & MASK_32) * (keyed >> 32n))
  }
}

function scramble(sums: bigint[]): void {
  for (let i = 0; i < 8; i++)
    sums[i] = times(sums[i]! ^ (sums[i]! >> 47n) ^ secret(SECRET.length - STRIPE + 8 * i), PRIME_32[0])
}

function merged(sums: ReadonlyArray<bigint>, start: bigint, secretAt: number): bigint {
  let sum = start
  for (let i = 0; i < 8; i += 2)
    sum += folded((sums[i]! ^ secret(secretAt + 8 * i)) * (sums[i + 1]! ^ secret(secretAt + 8 * i + 8)))
  return avalanche(sum & MASK)
}
