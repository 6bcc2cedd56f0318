import type { Cell } from '../cell.ts'
import { setDifference, setProduct, setSum } from '../int64.ts'

/** Numbers as Go's strconv reads them, from bytes where that can be done without a string. */

const [PLUS, MINUS, ZERO] = [0x2b, 0x2d, 0x30]
const LETTER_A = 0x61
/** More digits than an int64 has in base 2. */
const DIGITS_MAX = 64

/** The digit's value, or 99. */
function digitOf(byte: number): number {
  if (byte >= ZERO && byte <= ZERO + 9) return byte - ZERO
  const letter = (byte | 0x20) - LETTER_A
  return letter >= 0 && letter < 26 ? letter + 10 : 99
}

/** Puts the int64 in bytes[start, end) into the cell; false if it is none, or too large. */
export function setParsedInt(
  cell: Cell,
  bytes: Uint8Array,
  start: number,
  end: number,
  base: number,
): boolean {
  const negative = bytes[start] === MINUS
  let at = negative || bytes[start] === PLUS ? start + 1 : start
  if (at === end) return false
  while (at < end - 1 && bytes[at] === ZERO) at++
  if (end - at > DIGITS_MAX) return false
  cell.setInt(0, 0)
  for (; at < end; at++) {
    const digit = digitOf(bytes[at]!)
    if (digit >= base) return false
    // Counted down, since the lowest int64 has no positive partner. A step too far shows in the sign.
    if (cell.high < -0x80000000 / base - 1) return false
    setProduct(cell, cell.low, cell.high, base, 0)
    if (cell.high > 0) return false
    setDifference(cell, cell.low, cell.high, digit, 0)
    if (cell.high > 0) return false
  }
  if (negative) return true
  if (cell.low === 0 && cell.high === -0x80000000) return false
  setDifference(cell, 0, 0, cell.low, cell.high)
  return true
}

const PREFIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16 }

/** As Go's ParseInt with base 0: the prefix says the base, and underscores may stand between digits. */
export function parseLiteral(text: string): { readonly digits: string; readonly base: number } | undefined {
  const parts = /^([+-]?)(?:0([bBoOxX]))?(_?[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*)$/.exec(text)
  if (parts === null) return undefined
  const [, sign = '', prefix, body = ''] = parts
  const octal = prefix === undefined && /^0./.test(body)
  if (prefix === undefined && body.startsWith('_')) return undefined
  const base = prefix === undefined ? (octal ? 8 : 10) : PREFIXES[prefix.toLowerCase()]!
  return { digits: sign + body.replaceAll('_', ''), base }
}

/** An underscore may stand between two digits. */
const DECIMAL = /^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+)?$/
const SPECIAL = /^([-+]?)(?:(inf|infinity)|nan)$/i

/** As Go's ParseFloat, but for hexadecimal floats; undefined if it is none, or too large. */
export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text.replaceAll('_', ''))
    return Number.isFinite(value) ? value : undefined
  }
  const special = SPECIAL.exec(text)
  if (special === null) return undefined
  if (special[2] === undefined) return special[1] === '' ? Number.NaN : undefined
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
}
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
const NANOSECONDS_MAX = 9_223_372_036_854_775_808n

/** As Go's ParseDuration (`1h30m`, `-1.5s`), in ns; undefined if it is none, or too long. */
export function parseDuration(text: string): bigint | undefined {
  const negative = text.startsWith('-')
  let at = negative || text.startsWith('+') ? 1 : 0
  if (text.slice(at) === '0') return 0n
  if (at === text.length) return undefined
  let sum = 0n
  while (at < text.length) {
    PART.lastIndex = at
    const part = PART.exec(text)
    if (part === null) return undefined
    sum += partOf(part[1]!, UNIT_NS[part[2]!]!)
    at = PART.lastIndex
  }
  if (sum > (negative ? NANOSECONDS_MAX : NANOSECONDS_MAX - 1n)) return undefined
  return negative ? -sum : sum
}

function partOf(number: string, unit: number): bigint {
  const [whole = '', fraction = ''] = number.split('.')
  const digits = fraction.slice(0, 18)
  return (
    BigInt(whole || '0') * BigInt(unit) +
    (BigInt(digits || '0') * BigInt(unit)) / 10n ** BigInt(digits.length)
  )
}

/** The sum of a cell's int and a small one, in place. */
export function addSmall(cell: Cell, value: number): void {
  setSum(cell, cell.low, cell.high, value, value < 0 ? -1 : 0)
}
