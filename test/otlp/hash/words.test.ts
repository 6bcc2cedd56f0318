import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KeyedHash } from '../../../src/otlp/hash/words.ts'

/** HalfSipHash as its paper puts it, over whole words, without the length block: the key schedule, rounds, and no tricks. */
function plain(key: readonly [number, number], words: ReadonlyArray<number>): number {
  let [v0, v1, v2, v3] = [key[0], key[1], 0x6c796765 ^ key[0], 0x74656462 ^ key[1]].map((v) => v >>> 0) as [
    number,
    number,
    number,
    number,
  ]
  const add = (a: number, b: number): number => (a + b) % 2 ** 32
  const rotate = (a: number, bits: number): number => ((a << bits) | (a >>> (32 - bits))) >>> 0
  const xor = (a: number, b: number): number => (a ^ b) >>> 0
  const round = (): void => {
    v0 = add(v0, v1)
    v1 = xor(rotate(v1, 5), v0)
    v0 = rotate(v0, 16)
    v2 = add(v2, v3)
    v3 = xor(rotate(v3, 8), v2)
    v0 = add(v0, v3)
    v3 = xor(rotate(v3, 7), v0)
    v2 = add(v2, v1)
    v1 = xor(rotate(v1, 13), v2)
    v2 = rotate(v2, 16)
  }
  for (const word of words) {
    v3 = xor(v3, word)
    round()
    v0 = xor(v0, word)
  }
  v2 = xor(v2, 0xff)
  for (let i = 0; i < 3; i++) round()
  return xor(v1, v3)
}

const WORD = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 })

it('is HalfSipHash of three words', () => {
  fc.assert(
    fc.property(fc.tuple(WORD, WORD), fc.tuple(WORD, WORD, WORD), (key, words) => {
      expect(new KeyedHash(key).words(...words)).toBe(plain(key, words) | 0)
    }),
  )
})

it('has a key of its own by default', () => {
  expect(new KeyedHash().words(1, 2, 3)).not.toBe(new KeyedHash().words(1, 2, 3))
})
