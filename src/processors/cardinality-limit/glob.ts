/** Whether a text matches a pattern in which `*` stands for any characters and `?` for one. Whole texts match. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0
  let place = 0
  // Where the last star was, and how much of the text it stands for so far.
  let star = -1
  let eaten = 0
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place++
      eaten = at
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at])) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++eaten
    } else return false
  }
  while (pattern[place] === '*') place++
  return place === pattern.length
}
