import type { Finding } from './finding.ts'
import { findInLogfmt } from './logfmt.ts'
import { WordTable } from './word-table.ts'

/** A level stands at the start of a line, after time, host, thread: not in its message. */
const HEADER_BYTES_MAX = 160
const TOKENS_MAX = 24
const PRIORITY_MAX = 191

const [TAB, SPACE, ESCAPE, BAR] = [0x09, 0x20, 0x1b, 0x7c]
const [OPEN_SQUARE, CLOSE_SQUARE, LESS, GREATER] = [0x5b, 0x5d, 0x3c, 0x3e]
const [COLON, EQUALS, COMMA, DOT, DASH, SLASH, SMALL_M] = [0x3a, 0x3d, 0x2c, 0x2e, 0x2d, 0x2f, 0x6d]

/** What stands between tokens. `-`, `.` and `/` are parts of them, so that names and paths are no levels. */
const DELIMITERS = new Set(Buffer.from(' \t\r\n[]()<>{}|"\':;,=\x1b'))
const IS_DELIMITER = Uint8Array.from({ length: 256 }, (_, byte) => Number(DELIMITERS.has(byte)))

const MONTHS = new WordTable(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name) => [
    name,
    1,
  ]),
)

/**
 * Looks for a level at the start of a line: an upper-case word (` ERROR `, `ERROR:`), one in brackets (`[warn]`), one between
 * bars, dashes or tabs, or one before a colon at the very start (`error: …`). Words of the message before it end the search:
 * "user saw ERROR 17" has none. Also `<34>` of syslog, and `level=…` after a time.
 */
export class PlainText {
  #bytes: Uint8Array = NOTHING
  #start = 0
  #end = 0
  #tokenEnd = 0
  #inSquare = false
  /** Words of letters alone, outside of brackets, that were no level. */
  #words = 0
  #wordsMax = 0

  find(bytes: Uint8Array, start: number, end: number, finding: Finding): void {
    this.#bytes = bytes
    this.#start = start
    this.#end = Math.min(end, start + HEADER_BYTES_MAX)
    this.#inSquare = false
    this.#words = 0
    if (!this.#priority(finding)) this.#tokens(end, finding)
    this.#bytes = NOTHING
  }

  /** `<34>`: the priority of syslog. No word stands for it, so the text stays empty. */
  #priority(finding: Finding): boolean {
    const bytes = this.#bytes
    let at = this.#start + 1
    if (bytes[this.#start] !== LESS || this.#start >= this.#end) return false
    let number = 0
    while (at < this.#end && at < this.#start + 4 && isDigit(bytes[at]!))
      number = 10 * number + bytes[at++]! - 0x30
    if (at >= this.#end || at === this.#start + 1 || bytes[at] !== GREATER || number > PRIORITY_MAX)
      return false
    finding.setSeverity(finding.levels.ofPriority(number), 0, 0)
    return true
  }

  #tokens(end: number, finding: Finding): void {
    const bytes = this.#bytes
    let at = this.#skip(this.#start)
    for (let token = 0; token < TOKENS_MAX && at < this.#end; token++) {
      this.#readToken(at)
      const tokenEnd = this.#tokenEnd
      if (token === 0) this.#wordsMax = this.#wordsBefore(at)
      if (bytes[tokenEnd] === EQUALS && tokenEnd < end) {
        if (this.#words === 0 && token > 0 && bytes[at - 1] === SPACE) findInLogfmt(bytes, at, end, finding)
        return
      }
      if (this.#isLevel(at, tokenEnd, finding)) return
      if (this.#wordsMax === 0) return
      if (!this.#inSquare && isWord(bytes, at, tokenEnd) && ++this.#words > this.#wordsMax) return
      at = this.#skip(tokenEnd)
    }
  }

  /** How many words may stand before the level: none in a message, a zone or a name after a time, more in syslog's. */
  #wordsBefore(first: number): number {
    const bytes = this.#bytes
    if (MONTHS.find(bytes, first, this.#tokenEnd) !== 0) return 3
    const isRuby = this.#tokenEnd === first + 1 && bytes[this.#tokenEnd] === COMMA
    if (isRuby || !isName(bytes, first, this.#tokenEnd) || this.#inSquare) return 1
    return 0
  }

  /** Moves over delimiters, and over the colours of terminals. */
  #skip(from: number): number {
    const bytes = this.#bytes
    let at = from
    while (at < this.#end && IS_DELIMITER[bytes[at]!] === 1) {
      if (bytes[at] === ESCAPE) while (at < this.#end && bytes[at] !== SMALL_M) at++
      else if (bytes[at] === OPEN_SQUARE) this.#inSquare = true
      else if (bytes[at] === CLOSE_SQUARE) this.#inSquare = false
      at++
    }
    return at
  }

  #readToken(start: number): void {
    let at = start
    while (at < this.#end && IS_DELIMITER[this.#bytes[at]!] === 0) at++
    this.#tokenEnd = at
  }

  #isLevel(start: number, end: number, finding: Finding): boolean {
    const bytes = this.#bytes
    let from = start
    let to = end
    let severity = finding.levels.ofWord(bytes, start, end)
    if (severity === 0 && bytes[end] === COLON) {
      // production.ERROR: as some frameworks write it.
      from = end
      while (from > start && bytes[from - 1] !== DOT) from--
      if (from > start) severity = finding.levels.ofWord(bytes, from, end)
    } else if (severity === 0 && this.#inSquare) {
      // [… ERROR/worker-1]: the same.
      to = start
      while (to < end && bytes[to] !== SLASH) to++
      if (to < end) severity = finding.levels.ofWord(bytes, start, to)
    }
    if (severity === 0 || !(isUpper(bytes, from, to) || this.#standsOut(start, end))) return false
    finding.setSeverity(severity, from, to)
    return true
  }

  /** Whether a word in lower case stands where levels stand. */
  #standsOut(start: number, end: number): boolean {
    const bytes = this.#bytes
    const before = start > this.#start ? bytes[start - 1]! : 0
    const after = end < this.#end ? bytes[end]! : 0
    if (after === CLOSE_SQUARE) return this.#inSquare && (before === OPEN_SQUARE || before === COLON)
    if (before === LESS && after === GREATER) return true
    if (before === TAB && after === TAB) return true
    if (after === COLON && this.#words === 0) return true
    return after === SPACE && before === SPACE && this.#isSeparator(start - 2) && this.#isSeparator(end + 1)
  }

  /** A bar or a dash. */
  #isSeparator(at: number): boolean {
    return at > this.#start && at < this.#end && (this.#bytes[at] === BAR || this.#bytes[at] === DASH)
  }
}

const NOTHING = new Uint8Array(0)

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Whether it is letters alone. */
function isWord(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isLetter(bytes[i]!)) return false
  return end > start
}

/** Whether it begins with a letter and has no digit: `host`, `java.lang.Error`; not `web_1`, `2024-01-01`. */
function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isLetter(bytes[start]!)) return false
  for (let i = start; i < end; i++) if (isDigit(bytes[i]!)) return false
  return end > start
}

function isLetter(byte: number): boolean {
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x7a
}

function isUpper(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 0x41 || bytes[i]! > 0x5a) return false
  return true
}
