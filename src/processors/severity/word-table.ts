import { FOLDED } from '../ottl/byte-search.ts'

const LENGTH_MAX = 64

type Word = { readonly bytes: Uint8Array; readonly value: number }

/** Words with a number each, found in bytes whatever their case, without making a text of them. ASCII only. */
export class WordTable {
  readonly #byLength: ReadonlyArray<ReadonlyArray<Word>>

  constructor(words: Iterable<readonly [word: string, value: number]>) {
    const byLength: Word[][] = Array.from({ length: LENGTH_MAX + 1 }, () => [])
    for (const [word, value] of words) {
      const bytes = Buffer.from(word.toLowerCase())
      byLength[bytes.length]?.push({ bytes, value })
    }
    this.#byLength = byLength
  }

  /** The number of the word in bytes[start, end), or 0. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start
    if (length > LENGTH_MAX) return 0
    const words = this.#byLength[length]!
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!
      let at = 0
      while (at < length && FOLDED[bytes[start + at]!] === word.bytes[at]) at++
      if (at === length) return word.value
    }
    return 0
  }
}
