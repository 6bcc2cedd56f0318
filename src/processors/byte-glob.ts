import { EXACT } from './ottl/byte-search.ts'

const STAR = 0x2a
const QUESTION = 0x3f

/**
 * Whether bytes[start, end) match a pattern in which `*` stands for any characters and `?` for one of UTF-8. Allocates nothing.
 * `fold` maps bytes to what they are compared as; the pattern is folded already.
 */
export function matchesByteGlob(
  pattern: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  fold: Uint8Array = EXACT,
): boolean {
  let at = start
  let place = 0
  // Where the last star was, and how much of the text it stands for so far.
  let star = -1
  let eaten = start
  while (at < end) {
    if (pattern[place] === STAR) {
      star = place++
      eaten = at
    } else if (pattern[place] === QUESTION) {
      place++
      at = endOfCharacter(bytes, at, end)
    } else if (place < pattern.length && pattern[place] === fold[bytes[at]!]) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++eaten
    } else return false
  }
  while (pattern[place] === STAR) place++
  return place === pattern.length
}

function endOfCharacter(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1
  while (next < end && (bytes[next]! & 0xc0) === 0x80) next++
  return next
}
