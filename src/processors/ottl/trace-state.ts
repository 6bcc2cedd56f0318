import { equalRanges } from './byte-search.ts'

/**
 * Reads the header `tracestate` (W3C Trace Context, section 3.3) in place: `vendor=value,tenant@system=value`.
 * Nothing is copied.
 */

const MEMBERS_MAX = 32
const KEY_LENGTH_MAX = 256
const TENANT_LENGTH_MAX = 241
const SYSTEM_LENGTH_MAX = 14
const VALUE_LENGTH_MAX = 256

const [SPACE, TAB, COMMA, EQUALS, AT] = [0x20, 0x09, 0x2c, 0x3d, 0x40]

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** By byte: may it stand in a key, in a value? */
const IN_KEY = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(isLower(byte) || isDigit(byte) || '_-*/'.includes(String.fromCharCode(byte))),
)
const IN_VALUE = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= SPACE && byte <= 0x7e && byte !== COMMA && byte !== EQUALS),
)

/** What became of looking for a key: `invalid` is a trace state that is none. */
export const TraceStateResult = { invalid: 0, missing: 1, found: 2 } as const
export type TraceStateResult = (typeof TraceStateResult)[keyof typeof TraceStateResult]

/** Where the keys of the members stand, to notice one that comes twice. */
const keys = new Uint32Array(2 * MEMBERS_MAX)

/** Looks for one member. One mutable object that is reused. */
export class TraceStateReader {
  /** Of the value found last. */
  valueStart = 0
  valueEnd = 0

  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
  ): TraceStateResult {
    let result: TraceStateResult = TraceStateResult.missing
    let members = 0
    for (let at = start; at < end; ) {
      const memberEnd = indexOf(bytes, COMMA, at, end)
      if (memberEnd > at) {
        if (members === MEMBERS_MAX || !readMember(bytes, at, memberEnd, members))
          return TraceStateResult.invalid
        const nameStart = keys[2 * members]!
        const nameEnd = keys[2 * members + 1]!
        members++
        if (equalRanges(bytes, nameStart, nameEnd, key, keyStart, keyEnd)) {
          result = TraceStateResult.found
          this.valueStart = nameEnd + 1
          this.valueEnd = trimmedEnd(bytes, nameEnd + 1, memberEnd)
        }
      }
      at = memberEnd + 1
    }
    return result
  }
}

function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i
  return end
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end
  while (trimmed > start && isBlank(bytes[trimmed - 1])) trimmed--
  return trimmed
}

/** Checks a member and notes where its key stands, as the `index`th; false if it is none or its key is known. */
function readMember(bytes: Uint8Array, start: number, end: number, index: number): boolean {
  let keyStart = start
  while (keyStart < end && isBlank(bytes[keyStart])) keyStart++
  const keyEnd = indexOf(bytes, EQUALS, keyStart, end)
  if (keyEnd === end || !isKey(bytes, keyStart, keyEnd)) return false
  if (!isValue(bytes, keyEnd + 1, trimmedEnd(bytes, keyEnd + 1, end))) return false
  for (let i = 0; i < index; i++)
    if (equalRanges(bytes, keys[2 * i]!, keys[2 * i + 1]!, bytes, keyStart, keyEnd)) return false
  keys[2 * index] = keyStart
  keys[2 * index + 1] = keyEnd
  return true
}

function isKey(bytes: Uint8Array, start: number, end: number): boolean {
  const at = indexOf(bytes, AT, start, end)
  if (at === end) return end - start <= KEY_LENGTH_MAX && isName(bytes, start, end, false)
  if (at - start > TENANT_LENGTH_MAX || end - at - 1 > SYSTEM_LENGTH_MAX) return false
  return isName(bytes, start, at, true) && isName(bytes, at + 1, end, false)
}

function isName(bytes: Uint8Array, start: number, end: number, digitFirst: boolean): boolean {
  const first = bytes[start]!
  if (start === end || !(isLower(first) || (digitFirst && isDigit(first)))) return false
  return all(bytes, start, end, IN_KEY)
}

function isValue(bytes: Uint8Array, start: number, end: number): boolean {
  return end > start && end - start <= VALUE_LENGTH_MAX && all(bytes, start, end, IN_VALUE)
}

function all(bytes: Uint8Array, start: number, end: number, allowed: Uint8Array): boolean {
  for (let i = start; i < end; i++) if (allowed[bytes[i]!] !== 1) return false
  return true
}
