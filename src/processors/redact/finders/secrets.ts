import { equalRanges, FOLDED } from '../../ottl/byte-search.ts'
import { bytesLike, type Finder, type Range, runEnd } from './finder.ts'

/** What the last word of a key is called if its value is a secret: `db_password`, `dbPassword`, `X-Api-Key`. */
export const SECRET_WORDS = [
  ...[
    'password',
    'passwd',
    'passphrase',
    'pwd',
    'secret',
    'token',
    'apikey',
    'api_key',
    'api-key',
    'access_key',
  ],
  ...[
    'accesskey',
    'private_key',
    'privatekey',
    'secret_key',
    'secretkey',
    'credential',
    'credentials',
    'session_id',
  ],
]

const WORDS = SECRET_WORDS.map((word) => Buffer.from(word))
/** By their last byte: most keys end with another. */
const BY_LAST: ReadonlyArray<ReadonlyArray<Uint8Array>> = Array.from({ length: 256 }, (_, byte) =>
  WORDS.filter((word) => word.at(-1) === byte),
)

const BLANK = bytesLike(/[ \t]/)
const UNQUOTED = bytesLike(/[^\s,;&"'()[\]{}<>\\]/)
const BLANKS_MAX = 8
const [DOUBLE, SINGLE, BACKSLASH, COLON, EQUALS, GREATER, SLASH, AT] = [
  0x22, 0x27, 0x5c, 0x3a, 0x3d, 0x3e, 0x2f, 0x40,
]
const LITERALS = ['null', 'true', 'false', 'nil', 'None'].map((text) => Buffer.from(text))

/**
 * The value behind a key that ends with one of these words: `password=x`, `password: x`, `"password":"x"`, `'password'=>'x'`,
 * also inside of a JSON text (`\"password\":\"x\"`). Lists, maps, null, true and false are not masked.
 */
export const secretValue: Finder = {
  name: 'secret_value',
  triggers: ':=',
  find(bytes, at, floor, end, range) {
    if (!isSecretKey(bytes, keyEnd(bytes, at, floor), floor)) return false
    let from = at + 1
    if (bytes[from] === (bytes[at] === EQUALS ? GREATER : EQUALS)) from++
    from = runEnd(bytes, from, end, BLANK)
    const isEscaped = bytes[from] === BACKSLASH && isQuote(bytes[from + 1])
    if (isEscaped) from++
    if (from >= end) return false
    if (isQuote(bytes[from])) quoted(bytes, from, end, isEscaped, range)
    else {
      range.from = from
      range.to = nonAsciiRunEnd(bytes, from, end)
      if (isLiteral(bytes, range)) return false
    }
    return range.to > range.from
  },
}

/** The end of the key's name before the sign at `at`: blanks and a quote may stand between. */
function keyEnd(bytes: Uint8Array, at: number, floor: number): number {
  const low = Math.max(floor, at - BLANKS_MAX)
  let to = at
  while (to > low && BLANK[bytes[to - 1]!] === 1) to--
  if (to > floor && isQuote(bytes[to - 1])) {
    to--
    if (to > floor && bytes[to - 1] === BACKSLASH) to--
  }
  return to
}

function isSecretKey(bytes: Uint8Array, to: number, floor: number): boolean {
  if (to <= floor) return false
  const words = BY_LAST[FOLDED[bytes[to - 1]!]!]!
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const from = to - word.length
    if (from < floor) continue
    let at = 0
    while (at < word.length && FOLDED[bytes[from + at]!] === word[at]) at++
    if (at === word.length) return true
  }
  return false
}

function isQuote(byte: number | undefined): boolean {
  return byte === DOUBLE || byte === SINGLE
}

/** What stands between the quote at `quote` and its partner, or the end where that is cut off. */
function quoted(bytes: Uint8Array, quote: number, end: number, isEscaped: boolean, range: Range): void {
  range.from = quote + 1
  let at = quote + 1
  while (at < end) {
    if (bytes[at] === BACKSLASH) {
      if (isEscaped && bytes[at + 1] === bytes[quote]) break
      at += 2
    } else if (bytes[at] === bytes[quote]) break
    else at++
  }
  range.to = Math.min(at, end)
}

/** Letters beyond ASCII are a part of the value. */
function nonAsciiRunEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && (bytes[at]! >= 0x80 || UNQUOTED[bytes[at]!] === 1)) at++
  return at
}

function isLiteral(bytes: Uint8Array, { from, to }: Range): boolean {
  for (let i = 0; i < LITERALS.length; i++) {
    const literal = LITERALS[i]!
    if (equalRanges(bytes, from, to, literal, 0, literal.length)) return true
  }
  return false
}

const AUTHORITY = bytesLike(/[^\s/?#"'<>\\]/)

/** The password in `scheme://user:password@host`. */
export const urlPassword: Finder = {
  name: 'url_password',
  triggers: ':',
  nexts: '/',
  find(bytes, at, _floor, end, range) {
    if (bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH || at + 3 >= end) return false
    const start = at + 3
    const stop = runEnd(bytes, start, end, AUTHORITY)
    let host = stop
    while (host > start && bytes[host - 1] !== AT) host--
    if (host === start) return false
    let from = start
    while (from < host - 1 && bytes[from] !== COLON) from++
    range.from = from + 1
    range.to = host - 1
    return range.to > range.from
  },
}
