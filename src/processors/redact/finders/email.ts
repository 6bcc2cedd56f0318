import { bytesLike, type Finder, runEnd } from './finder.ts'

const LOCAL = bytesLike(/[\w.%+-]/)
const DOMAIN = bytesLike(/[A-Za-z0-9.-]/)
const LETTER = bytesLike(/[A-Za-z]/)
const DOT = 0x2e
const TOP_LEVEL_MIN = 2

/** `[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}` */
export const email: Finder = {
  name: 'email',
  triggers: '@',
  find(bytes, at, floor, end, range) {
    let from = at
    while (from > floor && LOCAL[bytes[from - 1]!] === 1) from--
    if (from === at) return false
    const domain = at + 1
    let letters = 0
    for (let i = runEnd(bytes, domain, end, DOMAIN) - 1; i > domain; i--) {
      if (LETTER[bytes[i]!] === 1) letters++
      else if (bytes[i] === DOT && letters >= TOP_LEVEL_MIN) {
        range.from = from
        range.to = i + 1 + letters
        return true
      } else letters = 0
    }
    return false
  },
}
