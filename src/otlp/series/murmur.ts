/**
 * Two lanes of MurmurHash3_x86_32 (Austin Appleby, public domain) over the same words, under two seeds: 64 bits made of
 * 32-bit arithmetic, which JavaScript does fast. Not for secrets, and senders can make collisions: a fingerprint counts
 * within its tenant only, so they harm nobody else.
 */
const SEED_A = 0
const SEED_B = 0x9747b28c | 0

const C1 = 0xcc9e2d51 | 0
const C2 = 0x1b873593 | 0

/** The block step, first half: what a word becomes whatever the state is. */
function scrambled(word: number): number {
  const k = Math.imul(word, C1)
  return Math.imul((k << 15) | (k >>> 17), C2)
}

/** The block step, second half. */
function absorbed(state: number, k: number): number {
  const h = state ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

/** The finalizer; `length` in bytes. */
function finished(state: number, length: number): number {
  let h = state ^ length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Where a hash is written: low word, high word. */
export type Words = Uint32Array

/**
 * The hash of a field: the byte string `name, padded with zeros to four bytes | u32 length of name | u32 letter |
 * value, padded | u32 length of value`, numbers little-endian. Name and value may stand in different memory.
 */
export function hashField(
  out: Words,
  names: DataView,
  nameStart: number,
  nameEnd: number,
  letter: number,
  values: DataView,
  valueStart: number,
  valueEnd: number,
): void {
  let a = SEED_A
  let b = SEED_B
  let total = 12
  for (let part = 0; part < 2; part++) {
    const view = part === 0 ? names : values
    let at = part === 0 ? nameStart : valueStart
    const end = part === 0 ? nameEnd : valueEnd
    const length = end - at
    for (; at + 4 <= end; at += 4) {
      const k = scrambled(view.getInt32(at, true))
      a = absorbed(a, k)
      b = absorbed(b, k)
      total += 4
    }
    if (at < end) {
      let word = 0
      for (let shift = 0; at < end; at++, shift += 8) word |= view.getUint8(at) << shift
      const k = scrambled(word)
      a = absorbed(a, k)
      b = absorbed(b, k)
      total += 4
    }
    const k = scrambled(length)
    a = absorbed(a, k)
    b = absorbed(b, k)
    if (part === 0) {
      const kind = scrambled(letter)
      a = absorbed(a, kind)
      b = absorbed(b, kind)
    }
  }
  out[0] = finished(a, total)
  out[1] = finished(b, total)
}

/** The hash of `count` 32-bit words, as of their bytes. */
export function hashWords(out: Words, words: Uint32Array, count: number): void {
  let a = SEED_A
  let b = SEED_B
  for (let i = 0; i < count; i++) {
    const k = scrambled(words[i]!)
    a = absorbed(a, k)
    b = absorbed(b, k)
  }
  out[0] = finished(a, 4 * count)
  out[1] = finished(b, 4 * count)
}
