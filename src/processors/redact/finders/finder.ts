/** What was found: bytes[from, to). Written again for each match. */
export type Range = { from: number; to: number }

/** A pattern as a search over bytes: linear, without making texts. */
export type Finder = {
  readonly name: string
  /** The bytes at which it may have something to say; most values have few of them. */
  readonly triggers: string
  /** The bytes of which one must follow a trigger; undefined: any. */
  readonly nexts?: string
  /**
   * Whether something stands around bytes[at], one of the triggers. It looks at bytes[floor, end) only: what is before
   * `floor` was masked already, or is no part of the value.
   */
  readonly find: (bytes: Uint8Array, at: number, floor: number, end: number, range: Range) => boolean
}

function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    Number(byte < 128 && pattern.test(String.fromCharCode(byte))),
  )
}

const WORD = tableOf(/\w/)
const DIGIT = tableOf(/\d/)

/** The bytes that a class of characters stands for: 1 where it matches. ASCII only. */
export function bytesLike(pattern: RegExp): Uint8Array {
  return tableOf(pattern)
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && DIGIT[byte] === 1
}

/** Whether no letter, digit or underscore stands before `at`. */
export function startsWord(bytes: Uint8Array, at: number, floor: number): boolean {
  return at <= floor || WORD[bytes[at - 1]!] === 0
}

/** Whether none stands at `at`. */
export function endsWord(bytes: Uint8Array, at: number, end: number): boolean {
  return at >= end || WORD[bytes[at]!] === 0
}

/** Where the bytes of a class end that begin at `from`. */
export function runEnd(bytes: Uint8Array, from: number, end: number, like: Uint8Array): number {
  let at = from
  while (at < end && like[bytes[at]!] === 1) at++
  return at
}

const DOT = 0x2e

/** Whether a number that ends at `at` goes on behind a point: 1.5, 10.0.0.1. */
export function continuesAsNumber(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === DOT && isDigit(bytes[at + 1])
}

/** Whether a number that begins at `at` is the rest of one. */
export function isRestOfNumber(bytes: Uint8Array, at: number, floor: number): boolean {
  return at - 2 >= floor && bytes[at - 1] === DOT && isDigit(bytes[at - 2])
}
