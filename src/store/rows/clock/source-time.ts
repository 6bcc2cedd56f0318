import { ATTRIBUTE, ValueKind } from '../../../otlp/slots.ts'

/**
 * The stamp of the container runtime (CRI), as a collector passes it on in an attribute: RFC 3339 with up to nine
 * fractional digits and an offset, or nanoseconds since the epoch as digits or as an integer. Parsed on the bytes,
 * since file logs carry one in every record.
 */
export class SourceTime {
  /** The result of the last {@link read}, nanoseconds since the epoch. */
  low = 0
  high = 0

  /** Reads attribute row `base` of `attributes`. False if it holds no time between 1970 and 2262. */
  read(bytes: Buffer, attributes: Uint32Array, base: number): boolean {
    const start = attributes[base + ATTRIBUTE.valueStart]!
    const end = attributes[base + ATTRIBUTE.valueEnd]!
    const kind = attributes[base + ATTRIBUTE.kind]!
    if (kind === ValueKind.int) return this.#readVarint(bytes, start, end)
    if (kind !== ValueKind.string) return false
    return end - start > 4 && bytes[start + 4] === 0x2d
      ? this.#readRfc3339(bytes, start, end)
      : this.#readDigits(bytes, start, end)
  }

  #readVarint(bytes: Buffer, start: number, end: number): boolean {
    let low = 0
    let high = 0
    for (let at = start, shift = 0; at < end && shift < 64; at++, shift += 7) {
      const part = bytes[at]! & 0x7f
      if (shift < 28) low |= part << shift
      else if (shift === 28) {
        low |= part << 28
        high |= part >>> 4
      } else high |= part << (shift - 32)
    }
    return this.#set(low >>> 0, high >>> 0)
  }

  #readDigits(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < 1 || end - start > 19) return false
    let low = 0
    let high = 0
    for (let at = start; at < end; at++) {
      const digit = bytes[at]! - 0x30
      if (digit < 0 || digit > 9) return false
      const product = low * 10 + digit
      low = product >>> 0
      high = high * 10 + Math.floor(product / 0x100000000)
    }
    return high < 0x80000000 && this.#set(low, high)
  }

  #readRfc3339(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < 20) return false
    const year = number(bytes, start, 4)
    const month = number(bytes, start + 5, 2)
    const day = number(bytes, start + 8, 2)
    const hour = number(bytes, start + 11, 2)
    const minute = number(bytes, start + 14, 2)
    const second = number(bytes, start + 17, 2)
    const separators =
      bytes[start + 7] === 0x2d &&
      (bytes[start + 10]! | 0x20) === 0x74 &&
      bytes[start + 13] === 0x3a &&
      bytes[start + 16] === 0x3a
    if (!separators || year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31)
      return false
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false
    let at = start + 19
    let nanoseconds = 0
    if (bytes[at] === 0x2e) {
      let digits = 0
      for (at++; at < end && isDigit(bytes[at]!); at++, digits++)
        if (digits < 9) nanoseconds = nanoseconds * 10 + (bytes[at]! - 0x30)
      for (; digits < 9; digits++) nanoseconds *= 10
    }
    const offset = offsetSeconds(bytes, at, end)
    if (offset === undefined) return false
    const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return seconds >= 0 && this.#setSeconds(seconds, nanoseconds)
  }

  /** seconds * 1e9 + nanoseconds in two words: 1e9 = 2^9 * 1953125 keeps every product below 2^53. */
  #setSeconds(seconds: number, nanoseconds: number): boolean {
    const secondsHigh = Math.floor(seconds / 65_536)
    const secondsLow = seconds % 65_536
    const lowProduct = secondsLow * 1_000_000_000 + nanoseconds
    const highProduct = secondsHigh * 1_000_000_000
    // highProduct << 16, split at 32 bits.
    const shiftedLow = (highProduct % 65_536) * 65_536
    const shiftedHigh = Math.floor(highProduct / 65_536)
    const low = shiftedLow + (lowProduct % 0x100000000)
    const high = shiftedHigh + Math.floor(lowProduct / 0x100000000) + Math.floor(low / 0x100000000)
    return high < 0x80000000 && this.#set(low >>> 0, high)
  }

  #set(low: number, high: number): boolean {
    this.low = low
    this.high = high
    return high < 0x80000000 && (low !== 0 || high !== 0)
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** -1 if one of the bytes is no digit. */
function number(bytes: Buffer, start: number, digits: number): number {
  let value = 0
  for (let at = start; at < start + digits; at++) {
    if (!isDigit(bytes[at]!)) return -1
    value = value * 10 + (bytes[at]! - 0x30)
  }
  return value
}

function offsetSeconds(bytes: Buffer, at: number, end: number): number | undefined {
  if (at >= end) return undefined
  if ((bytes[at]! | 0x20) === 0x7a) return at + 1 === end ? 0 : undefined
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === 0x2d ? -1 : 0
  if (sign === 0 || at + 6 !== end || bytes[at + 3] !== 0x3a) return undefined
  const hours = number(bytes, at + 1, 2)
  const minutes = number(bytes, at + 4, 2)
  return hours < 0 || hours > 23 || minutes < 0 || minutes > 59
    ? undefined
    : sign * (hours * 3600 + minutes * 60)
}

/** Days since 1970-01-01 of a proleptic Gregorian date: counts from March, so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
