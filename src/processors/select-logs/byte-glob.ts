const STAR = 0x2a
const QUESTION = 0x3f

/** Whether bytes[start, end) match a pattern in which `*` stands for any bytes and `?` for one. Allocates nothing. */
export function matchesByteGlob(pattern: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  let place = 0
  // Where the last star was, and how much of the text it stands for so far.
  let star = -1
  let eaten = start
  while (at < end) {
    if (pattern[place] === STAR) {
      star = place++
      eaten = at
    } else if (place < pattern.length && (pattern[place] === QUESTION || pattern[place] === bytes[at])) {
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
