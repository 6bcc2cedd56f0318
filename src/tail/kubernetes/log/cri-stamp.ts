/**
 * The time stamp before every line: `2026-01-31T12:00:00.123456789Z`, or with the zone of the node (containerd writes local
 * time): `…+02:00`. Two words hold it: as fast to read and compare as a BigInt here (36 against 34 ns a line), and
 * unlike a BigInt nothing is allocated once it leaves a typed array.
 */
export type StampCursor = {
  seconds: number
  nanos: number
  /** Where the line's text begins, after stamp and space. */
  end: number
}

/** Longest: 19 + point + 9 digits + offset + space. */
export const STAMP_BYTES_MAX = 36

const DIGIT_0 = 48
const SECONDS_MAX = 2 ** 32 - 1

/** Reads the stamp that `bytes` has at `start`; false: there is none, and `out` is as it was. */
export function readStamp(bytes: Buffer, start: number, end: number, out: StampCursor): boolean {
  if (end - start < 20 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45 || bytes[start + 10] !== 84)
    return false
  if (bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return false
  const year = two(bytes, start) * 100 + two(bytes, start + 2)
  const month = two(bytes, start + 5)
  const day = two(bytes, start + 8)
  const hour = two(bytes, start + 11)
  const minute = two(bytes, start + 14)
  const second = two(bytes, start + 17)
  // NaN, of what is no digit, fails every comparison.
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return false
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return false
  let at = start + 19
  let nanos = 0
  if (bytes[at] === 46) {
    let scale = 1e9
    for (at++; at < end && isDigit(bytes[at]!); at++) {
      scale /= 10
      if (scale >= 1) nanos += (bytes[at]! - DIGIT_0) * scale
    }
    if (scale === 1e9) return false
  }
  const zone = zoneSeconds(bytes, at, end)
  if (Number.isNaN(zone)) return false
  at += bytes[at] === 90 ? 1 : 6
  const seconds = daysOf(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone
  if (seconds < 0 || seconds > SECONDS_MAX) return false
  // A line without text: some runtimes leave the space out.
  if (at < end && bytes[at] !== 32) return false
  out.seconds = seconds
  out.nanos = nanos
  out.end = Math.min(at + 1, end)
  return true
}

/** Seconds east of Greenwich; NaN: no zone. */
function zoneSeconds(bytes: Buffer, at: number, end: number): number {
  if (at < end && bytes[at] === 90) return 0
  if (at + 6 > end || bytes[at + 3] !== 58) return Number.NaN
  const seconds = two(bytes, at + 1) * 3600 + two(bytes, at + 4) * 60
  if (bytes[at] === 43) return seconds
  return bytes[at] === 45 ? -seconds : Number.NaN
}

function two(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - DIGIT_0
  const ones = bytes[at + 1]! - DIGIT_0
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_0 + 9
}

/** Days since the epoch in the Gregorian calendar, by counting from March, so that the leap day is the year's last. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** −1, 0, 1. */
export function compareStamps(
  seconds: number,
  nanos: number,
  otherSeconds: number,
  otherNanos: number,
): number {
  if (seconds !== otherSeconds) return seconds < otherSeconds ? -1 : 1
  return nanos === otherNanos ? 0 : nanos < otherNanos ? -1 : 1
}
