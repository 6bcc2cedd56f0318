import { RE2JS, RE2JSException } from 're2js'
import { EXACT, FOLDED, hasNonAscii, Needle } from './byte-search.ts'
import { type LiteralAlternative, literalPattern } from './literal-pattern.ts'
import { requiredLiteral } from './required-literal.ts'

export const PATTERN_LENGTH_MAX = 4096

/** Letters that have a partner outside ASCII when case is ignored (the long s and the Kelvin sign). */
const FOLDS_BEYOND_ASCII = /[ks]/i

/** A text that a match contains. */
export type Literal = {
  readonly text: string
  readonly foldCase: boolean
  /** Whether what contains it matches. */
  readonly decides: boolean
  /** Whether what does not contain it may match all the same if it has other bytes than ASCII. */
  readonly unsure: boolean
}

export type Matcher = {
  /** Where a match must contain one text somewhere: whoever looks for several looks for them together. */
  readonly literal: Literal | undefined
  /** Says what bytes alone can say: yes, no, or undefined when the text is needed. */
  readonly onBytes: (bytes: Buffer, start: number, end: number) => boolean | undefined
  readonly onText: (text: string) => boolean
}

/** Prepares a regular expression (RE2 syntax, as Go's). Throws an Error whose message says what is wrong with it. */
export function compileMatcher(pattern: string): Matcher {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new Error(`the pattern has ${pattern.length} characters; at most ${PATTERN_LENGTH_MAX} are allowed`)
  const regex = compileRegex(pattern)
  return { literal: soleLiteral(pattern), onBytes: bytesMatcher(pattern), onText: (text) => regex.test(text) }
}

export function compileRegex(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    if (error instanceof RE2JSException) throw new Error(error.message.replace('error parsing regexp: ', ''))
    throw error
  }
}

function soleLiteral(pattern: string): Literal | undefined {
  const literal = literalPattern(pattern)
  const [first, second] = literal?.alternatives ?? []
  if (literal !== undefined && (second !== undefined || first!.atStart || first!.atEnd)) return undefined
  const sole = literal === undefined ? requiredLiteral(pattern) : { ...first!, foldCase: literal.foldCase }
  if (sole === undefined) return undefined
  const { foldCase, text } = sole
  const unsure = foldCase && FOLDS_BEYOND_ASCII.test(text)
  return { text, foldCase, decides: literal !== undefined, unsure }
}

function bytesMatcher(pattern: string): Matcher['onBytes'] {
  const literal = literalPattern(pattern)
  if (literal !== undefined) {
    const { alternatives, foldCase } = literal
    const tests = alternatives.map((alternative) => literalTest(alternative, foldCase))
    const unsure = foldCase && alternatives.some(({ text }) => FOLDS_BEYOND_ASCII.test(text))
    const firstBytes = unsure ? undefined : firstBytesOf(alternatives, foldCase)
    return firstBytes === undefined ? anyOf(tests, unsure) : startingWith(firstBytes, anyOf(tests, false))
  }
  const required = requiredLiteral(pattern)
  if (required === undefined) return () => undefined
  const needle = new Needle(required.text, required.foldCase)
  const unsure = required.foldCase && FOLDS_BEYOND_ASCII.test(required.text)
  return (bytes, start, end) =>
    needle.within(bytes, start, end) || (unsure && hasNonAscii(bytes, start, end)) ? undefined : false
}

type Test = (bytes: Uint8Array, start: number, end: number) => boolean

function anyOf(tests: ReadonlyArray<Test>, unsure: boolean): Matcher['onBytes'] {
  const [first] = tests
  if (tests.length === 1 && first !== undefined && !unsure) return first
  return (bytes, start, end) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(bytes, start, end)) return true
    return unsure && hasNonAscii(bytes, start, end) ? undefined : false
  }
}

/** The bytes that a match can begin with, if all alternatives stand at the start: most records fail right there. */
function firstBytesOf(
  alternatives: ReadonlyArray<LiteralAlternative>,
  foldCase: boolean,
): Uint8Array | undefined {
  if (alternatives.some(({ atStart, text }) => !atStart || text === '')) return undefined
  const fold = foldCase ? FOLDED : EXACT
  const first = new Set(alternatives.map(({ text }) => fold[Buffer.from(text)[0]!]!))
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(first.has(fold[byte]!)))
}

function startingWith(firstBytes: Uint8Array, test: Matcher['onBytes']): Matcher['onBytes'] {
  return (bytes, start, end) => start < end && firstBytes[bytes[start]!] === 1 && test(bytes, start, end)
}

function literalTest({ text, atStart, atEnd }: LiteralAlternative, foldCase: boolean): Test {
  const needle = new Needle(text, foldCase)
  const { length } = needle
  if (atStart && atEnd) return (bytes, start, end) => end - start === length && needle.at(bytes, start)
  if (atStart)
    return (bytes, start, end) =>
      end - start >= length && needle.mayStand(bytes, start) && needle.at(bytes, start)
  if (atEnd) return (bytes, start, end) => end - start >= length && needle.at(bytes, end - length)
  return (bytes, start, end) => needle.within(bytes, start, end)
}
