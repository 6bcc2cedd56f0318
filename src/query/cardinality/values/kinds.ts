import { isIP } from 'node:net'

/**
 * Kinds of values of which there is no end: a label that holds them makes a series of every one. Each is recognised in one
 * walk over the value.
 */
export const VALUE_KINDS = ['uuid', 'ip', 'email', 'timestamp', 'path', 'hex', 'number'] as const
export type ValueKind = (typeof VALUE_KINDS)[number]

type Test = (value: string) => boolean

const code = (character: string): number => character.charCodeAt(0)
const ZERO = code('0')
const NINE = code('9')

const isDigit = (at: number): boolean => at >= ZERO && at <= NINE
const isHexLetter = (at: number): boolean => (at | 32) >= code('a') && (at | 32) <= code('f')
const isLetter = (at: number): boolean => (at | 32) >= code('a') && (at | 32) <= code('z')

function every(value: string, from: number, to: number, test: (at: number) => boolean): boolean {
  for (let i = from; i < to; i++) if (!test(value.charCodeAt(i))) return false
  return to > from
}

const UUID_LENGTH = 36
const UUID_DASHES = new Set([8, 13, 18, 23])

/** `3f2504e0-4f89-41d3-9a0c-0305e82c3301`, of any version; also in braces or after `urn:uuid:`. */
const isUuid: Test = (value) => {
  const from = value.startsWith('{') ? 1 : value.startsWith('urn:uuid:') ? 9 : 0
  const end = from + UUID_LENGTH
  if (value.length !== (value.startsWith('{') ? end + 1 : end)) return false
  for (let i = 0; i < UUID_LENGTH; i++) {
    const at = value.charCodeAt(from + i)
    if (UUID_DASHES.has(i) ? at !== code('-') : !isDigit(at) && !isHexLetter(at)) return false
  }
  return true
}

/** `10.0.0.1`, `::1`; with a port too. */
const isAddress: Test = (value) => {
  if (isIP(value) !== 0) return true
  const colon = value.lastIndexOf(':')
  if (colon < 0 || !every(value, colon + 1, value.length, isDigit)) return false
  const host = value.slice(0, colon)
  return host.startsWith('[') && host.endsWith(']') ? isIP(host.slice(1, -1)) === 6 : isIP(host) === 4
}

/** Something before one at sign, and a domain with a dot behind. */
const isEmail: Test = (value) => {
  const at = value.indexOf('@')
  const dot = value.lastIndexOf('.')
  if (at < 1 || dot < at + 2 || dot > value.length - 3 || value.indexOf('@', at + 1) >= 0) return false
  return every(value, 0, value.length, (one) => one > 0x20) && every(value, dot + 1, value.length, isLetter)
}

/** Seconds, milliseconds, microseconds and nanoseconds of 2001 to 2286. */
const EPOCH_LENGTHS = new Set([10, 13, 16, 19])

/** Time since 1970, or a date with a time of day. */
const isTimestamp: Test = (value) => {
  if (EPOCH_LENGTHS.has(value.length) && every(value, 0, value.length, isDigit))
    return value.charCodeAt(0) !== ZERO
  if (value.length < 16 || value.length > 40) return false
  const separators = [value[4], value[7], value[13]].join('')
  const isDate = every(value, 0, 4, isDigit) && every(value, 5, 7, isDigit) && every(value, 8, 10, isDigit)
  return isDate && separators === '--:' && (value[10] === 'T' || value[10] === ' ')
}

const HEX_LENGTH_MIN = 8

/** Digits and letters a to f, both of them: hashes, trace ids, the suffix of a replica set. */
const isHex: Test = (value) => {
  const from = value.startsWith('0x') ? 2 : 0
  if (value.length - from < HEX_LENGTH_MIN) return false
  let digits = 0
  for (let i = from; i < value.length; i++) {
    const at = value.charCodeAt(i)
    if (isDigit(at)) digits++
    else if (!isHexLetter(at)) return false
  }
  return digits > 0 && (from > 0 || digits < value.length)
}

const ID_DIGITS_MIN = 5

/** A number with five digits or more, alone or behind a word: `1048576`, `order-29184`. Codes and sizes have fewer. */
const isNumber: Test = (value) => {
  let from = value.length
  while (from > 0 && isDigit(value.charCodeAt(from - 1))) from--
  if (value.length - from < ID_DIGITS_MIN) return false
  if (from === 0 || (from === 1 && value[0] === '-')) return true
  return '-_:#/.'.includes(value[from - 1]!) && every(value, 0, from - 1, isLetter)
}

const PATH_TESTS: ReadonlyArray<Test> = [isUuid, isAddress, isEmail, isTimestamp, isHex, isNumber]

/** Whether one segment of a path is an id: also a number of fewer digits, since a path names things. */
export const isIdSegment: Test = (segment) =>
  every(segment, 0, segment.length, isDigit) || PATH_TESTS.some((test) => test(segment))

/** A path or URL that names one thing among many: `/users/17/orders`. */
const isPath: Test = (value) => {
  if (!value.startsWith('/') && !value.includes('://')) return false
  return value.split(/[/?&=#]/).some(isIdSegment)
}

const TESTS: Readonly<Record<ValueKind, Test>> = {
  uuid: isUuid,
  ip: isAddress,
  email: isEmail,
  timestamp: isTimestamp,
  path: isPath,
  hex: isHex,
  number: isNumber,
}

/** The first kind that a value is of; undefined for words, codes and whatever else there are few of. */
export function kindOf(value: string): ValueKind | undefined {
  return VALUE_KINDS.find((kind) => TESTS[kind](value))
}
