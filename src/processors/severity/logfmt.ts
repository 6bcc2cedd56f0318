import { type Finding, Role } from './finding.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const EQUALS = 0x3d

/** Looks at `key=value key="value"` from `start` on, up to what is no such pair. False if there is none at `start`. */
export function findInLogfmt(bytes: Uint8Array, start: number, end: number, finding: Finding): boolean {
  let at = start
  let pairs = 0
  while (at < end && !finding.isComplete) {
    const keyEnd = wordEnd(bytes, at, end)
    if (keyEnd === at || keyEnd >= end || bytes[keyEnd] !== EQUALS) break
    const role = finding.roleOf(bytes, at, keyEnd)
    const isQuoted = bytes[keyEnd + 1] === QUOTE
    const valueStart = keyEnd + (isQuoted ? 2 : 1)
    const valueEnd = isQuoted ? quotedEnd(bytes, valueStart, end) : plainEnd(bytes, valueStart, end)
    if (role !== Role.none) finding.value(role, bytes, valueStart, valueEnd)
    pairs++
    at = isQuoted ? valueEnd + 1 : valueEnd
    while (at < end && bytes[at]! <= 0x20) at++
  }
  return pairs > 0
}

/** The end of a key: letters, digits and `_ . @ -`. */
function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && KEY[bytes[at]!] === 1) at++
  return at
}

const KEY = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[\w.@-]/.test(String.fromCharCode(byte)) && byte < 128),
)

function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return Math.min(at, end)
}

function plainEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at]! > 0x20) at++
  return at
}
