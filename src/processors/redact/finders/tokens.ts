import { FOLDED } from '../../ottl/byte-search.ts'
import { bytesLike, endsWord, type Finder, runEnd, startsWord } from './finder.ts'

const BASE64_URL = bytesLike(/[\w-]/)
const UPPER = bytesLike(/[A-Z0-9]/)
const TOKEN = bytesLike(/[\w.~+/=-]/)
const SPACE = bytesLike(/ /)
const [DOT, DASH, LOWER_Y, UPPER_J] = [0x2e, 0x2d, 0x79, 0x4a]

/** `eyJ[\w-]+\.[\w-]+\.[\w-]*`, not inside of such a run: what begins later in a run can't match either. */
export const jwt: Finder = {
  name: 'jwt',
  triggers: 'e',
  nexts: 'y',
  find(bytes, at, floor, end, range) {
    if (bytes[at + 1] !== LOWER_Y || bytes[at + 2] !== UPPER_J || at + 3 > end) return false
    if (at > floor && BASE64_URL[bytes[at - 1]!] === 1) return false
    const header = runEnd(bytes, at, end, BASE64_URL)
    if (header === at + 3 || header >= end || bytes[header] !== DOT) return false
    const payload = runEnd(bytes, header + 1, end, BASE64_URL)
    if (payload === header + 1 || payload >= end || bytes[payload] !== DOT) return false
    range.from = at
    range.to = runEnd(bytes, payload + 1, end, BASE64_URL)
    return true
  },
}

const AKIA = Buffer.from('AKIA')
const ASIA = Buffer.from('ASIA')
const AWS_LENGTH = 20

/** `\b(?:AKIA|ASIA)[A-Z0-9]{16}\b` */
export const awsKey: Finder = {
  name: 'aws_key',
  triggers: 'A',
  nexts: 'KS',
  find(bytes, at, floor, end, range) {
    if (at + AWS_LENGTH > end) return false
    if (!isAt(bytes, at, AKIA) && !isAt(bytes, at, ASIA)) return false
    if (!startsWord(bytes, at, floor) || !endsWord(bytes, at + AWS_LENGTH, end)) return false
    if (runEnd(bytes, at, at + AWS_LENGTH, UPPER) < at + AWS_LENGTH) return false
    range.from = at
    range.to = at + AWS_LENGTH
    return true
  },
}

const SCHEMES = ['bearer', 'basic'].map((scheme) => Buffer.from(scheme))
const TOKEN_LENGTH_MIN = 8

/** `(?i)\b(?:bearer|basic) +([\w.~+/=-]{8,})`: what is masked is the token. */
export const bearer: Finder = {
  name: 'bearer_token',
  triggers: 'bB',
  nexts: 'eEaA',
  find(bytes, at, floor, end, range) {
    if (!startsWord(bytes, at, floor)) return false
    for (let i = 0; i < SCHEMES.length; i++) {
      const scheme = SCHEMES[i]!
      const after = at + scheme.length
      if (after >= end || !isFoldedAt(bytes, at, scheme)) continue
      const from = runEnd(bytes, after, end, SPACE)
      if (from === after) return false
      range.from = from
      range.to = runEnd(bytes, from, end, TOKEN)
      return range.to - from >= TOKEN_LENGTH_MIN
    }
    return false
  },
}

const BEGIN = Buffer.from('-----BEGIN ')
const PRIVATE_KEY = Buffer.from('PRIVATE KEY-----')
const END = Buffer.from('-----END ')
const LABEL_LENGTH_MAX = 64

/** From `-----BEGIN … PRIVATE KEY-----` to the end of its `-----END …-----`, or of the value if that is cut off. */
export const privateKey: Finder = {
  name: 'private_key',
  triggers: '-',
  nexts: '-',
  find(bytes, at, _floor, end, range) {
    if (at + BEGIN.length > end || !isAt(bytes, at, BEGIN)) return false
    const body = labelEnd(bytes, at + BEGIN.length, end)
    if (body < 0) return false
    range.from = at
    range.to = end
    for (let i = body; i + END.length <= end; i++) {
      if (bytes[i] !== DASH || !isAt(bytes, i, END)) continue
      const after = labelEnd(bytes, i + END.length, end)
      if (after < 0) continue
      range.to = after
      break
    }
    return true
  },
}

/** The end of `RSA PRIVATE KEY-----`, or -1. */
function labelEnd(bytes: Uint8Array, from: number, end: number): number {
  const last = Math.min(from + LABEL_LENGTH_MAX, end - PRIVATE_KEY.length)
  for (let i = from; i <= last; i++) {
    if (isAt(bytes, i, PRIVATE_KEY)) return i + PRIVATE_KEY.length
    if (bytes[i] === DASH) return -1
  }
  return -1
}

/** The caller knows that there is room for it. */
function isAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

function isFoldedAt(bytes: Uint8Array, at: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) if (FOLDED[bytes[at + i]!] !== lower[i]) return false
  return true
}
