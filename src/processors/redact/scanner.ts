import { RE2JS } from 're2js'
import { compileMatcher } from '../ottl/matcher.ts'
import { type Finder, isDigit, type Range } from './finders/finder.ts'
import type { Matches } from './matches.ts'

const PAIRS = 0x10000

/** A pattern of the configuration, in RE2's syntax. */
export type CustomPattern = { readonly name: string; readonly pattern: string }

type Custom = {
  readonly regex: RE2JS
  readonly onBytes: ReturnType<typeof compileMatcher>['onBytes']
}

/** Looks for the patterns of a configuration in one value after the other. Patterns are numbered: built-in ones first. */
export class Scanner {
  readonly names: ReadonlyArray<string>
  /** By a byte and the one behind it: 0, or which of the lists of finders may have something to say there. */
  readonly #classes = new Uint8Array(PAIRS)
  readonly #lists: ReadonlyArray<{ readonly finder: Finder; readonly pattern: number }>[] = [[]]
  readonly #customs: ReadonlyArray<Custom>
  readonly #firstCustom: number
  readonly #range: Range = { from: 0, to: 0 }

  constructor(finders: ReadonlyArray<Finder>, customs: ReadonlyArray<CustomPattern>) {
    this.names = [...finders, ...customs].map(({ name }) => name)
    const lists = new Map<number, number>()
    for (const byte of new Set(finders.flatMap(({ triggers }) => [...Buffer.from(triggers)])))
      for (let next = 0; next < 256; next++) {
        const list = finders
          .map((finder, pattern) => ({ finder, pattern }))
          .filter(({ finder }) => mayBegin(finder, byte, next))
        const key = list.reduce((bits, { pattern }) => bits | (1 << pattern), 0)
        if (key === 0) continue
        const number = lists.get(key) ?? this.#lists.push(list) - 1
        lists.set(key, number)
        this.#classes[(byte << 8) | next] = number
      }
    this.#firstCustom = finders.length
    this.#customs = customs.map(({ pattern }) => ({
      regex: RE2JS.compile(pattern),
      onBytes: compileMatcher(pattern).onBytes,
    }))
  }

  /** Fills `matches` with what is found in bytes[start, end). */
  scan(bytes: Buffer, start: number, end: number, matches: Matches): void {
    matches.clear()
    const classes = this.#classes
    let floor = start
    let byte = start < end ? bytes[start]! : 0
    for (let at = start; at < end; ) {
      const next = at + 1 < end ? bytes[at + 1]! : 0
      const found = classes[(byte << 8) | next]!
      byte = next
      if (found === 0) {
        at++
        continue
      }
      if (this.#findAt(found, bytes, at, floor, end, matches)) {
        floor = this.#range.to
        at = Math.max(floor, at + 1)
      } else at = afterTrigger(bytes, at, end)
      byte = at < end ? bytes[at]! : 0
    }
    if (this.#customs.length > 0) this.#scanCustoms(bytes, start, end, matches)
  }

  #findAt(
    list: number,
    bytes: Uint8Array,
    at: number,
    floor: number,
    end: number,
    matches: Matches,
  ): boolean {
    const finders = this.#lists[list]!
    const range = this.#range
    for (let i = 0; i < finders.length; i++) {
      const { finder, pattern } = finders[i]!
      if (!finder.find(bytes, at, floor, end, range)) continue
      matches.add(range.from, range.to, pattern)
      return true
    }
    return false
  }

  #scanCustoms(bytes: Buffer, start: number, end: number, matches: Matches): void {
    const before = matches.count
    for (let i = 0; i < this.#customs.length; i++) {
      const { onBytes, regex } = this.#customs[i]!
      if (onBytes(bytes, start, end) === false) continue
      // re2js looks at UTF-8 itself, so its offsets are ours.
      const matcher = regex.matcher(bytes.subarray(start, end))
      while (matcher.find())
        if (matcher.end() > matcher.start())
          matches.add(start + matcher.start(), start + matcher.end(), this.#firstCustom + i)
    }
    if (matches.count > before) matches.merge()
  }
}

function mayBegin({ nexts, triggers }: Finder, byte: number, next: number): boolean {
  if (!triggers.includes(String.fromCharCode(byte))) return false
  return nexts === undefined || nexts.includes(String.fromCharCode(next))
}

/** Of a number that is nothing, no later digit begins anything. */
function afterTrigger(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1
  if (isDigit(bytes[at])) while (next < end && isDigit(bytes[next])) next++
  return next
}
