import { type Finding, Role } from './finding.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d

/**
 * Looks at the members of the JSON object that begins at `start`, not into those of its values. False if none
 * begins there. What is cut off at `end` or malformed ends the search; what was found before it counts.
 */
export function findInJson(bytes: Uint8Array, start: number, end: number, finding: Finding): boolean {
  let at = skipSpace(bytes, start, end)
  if (bytes[at] !== OPEN || at >= end) return false
  at = skipSpace(bytes, at + 1, end)
  while (at < end && bytes[at] === QUOTE && !finding.isComplete) {
    const keyEnd = stringEnd(bytes, at + 1, end)
    const role = finding.roleOf(bytes, at + 1, keyEnd)
    at = skipSpace(bytes, keyEnd + 1, end)
    if (bytes[at] !== COLON) break
    at = skipSpace(bytes, at + 1, end)
    const isString = bytes[at] === QUOTE
    const valueEnd = isString ? stringEnd(bytes, at + 1, end) : otherEnd(bytes, at, end)
    if (valueEnd >= end) break
    if (role !== Role.none) finding.value(role, bytes, isString ? at + 1 : at, valueEnd)
    at = skipSpace(bytes, isString ? valueEnd + 1 : valueEnd, end)
    if (bytes[at] !== COMMA) break
    at = skipSpace(bytes, at + 1, end)
  }
  return true
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at]! <= 0x20) at++
  return at
}

/** Where the closing quote of a string stands, or `end`. */
function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return Math.min(at, end)
}

/** Where a number, a word, a list or an object ends: the byte after it, or `end`. */
function otherEnd(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) at = stringEnd(bytes, at + 1, end)
    else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if (depth === 0 && (byte === COMMA || byte === CLOSE || byte <= 0x20)) return at
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at + 1
  }
  return end
}
