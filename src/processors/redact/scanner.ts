import { RE2JS } from 're2js'
import { compileMatcher } from '../ottl/matcher.ts'
import { type Finder, isDigit, type Range } from './finders/finder.ts'
import type { Matches } from './matches.ts'

/** A pattern of the configuration, in RE2's syntax. */
export type CustomPattern = { readonly name: string; readonly pattern: string }

type Custom = {
  readonly regex: RE2JS
  readonly onBytes: ReturnType<typeof compileMatcher>['onBytes']
}

/** Looks for the patterns of a configuration in one value after the other. Patterns are numbered: built-in ones first. */
export class Scanner {
  readonly names: ReadonlyArray<string>
  /** By byte: 0, or which of the lists of finders begins there. */
  readonly #classes = new Uint8Array(256)
  readonly #lists: ReadonlyArray<{ readonly finder: Finder; readonly pattern: number }>[] = [[]]
  readonly #customs: ReadonlyArray<Custom>
  readonly #firstCustom: number
  readonly #range: Range = { from: 0, to: 0 }

  constructor(finders: ReadonlyArray<Finder>, customs: ReadonlyArray<CustomPattern>) {
    this.names = [...finders, ...customs].map(({ name }) => name)
    for (let byte = 0; byte < 256; byte++) {
      const list = finders
        .map((finder, pattern) => ({ finder, pattern }))
        .filter(({ finder }) => finder.triggers.includes(String.fromCharCode(byte)))
      if (list.length > 0) this.#classes[byte] = this.#lists.push(list) - 1
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
    for (let at = start; at < end; ) {
      const found = classes[bytes[at]!]!
      if (found === 0) at++
      else if (this.#findAt(found, bytes, at, floor, end, matches)) {
        floor = this.#range.to
        at = Math.max(floor, at + 1)
      } else at = afterTrigger(bytes, at, end)
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

/** Of a number that is nothing, no later digit begins anything. */
function afterTrigger(bytes: Uint8Array, at: number, end: number): number {
  let next = at + 1
  if (isDigit(bytes[at])) while (next < end && isDigit(bytes[next])) next++
  return next
}
