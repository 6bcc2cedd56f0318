import { unquote } from '../../src/query/logql/unquote.ts'

/** A script that can't be read: which line, and why. */
export class ScriptError extends Error {}

/** A line of a script, read from left to right. */
export class LineReader {
  readonly #text: string
  readonly #number: number
  #at = 0

  constructor(text: string, number: number) {
    this.#text = text
    this.#number = number
  }

  fail(reason: string): never {
    throw new ScriptError(`line ${this.#number}: ${reason}: ${this.#text.trim()}`)
  }

  /** What is left, without spaces around. */
  get rest(): string {
    return this.#text.slice(this.#at).trim()
  }

  /** Takes what the pattern matches here, behind spaces; undefined if it does not. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern.source, `${pattern.flags}y`)
    const space = /\s*/y
    space.lastIndex = this.#at
    space.exec(this.#text)
    sticky.lastIndex = space.lastIndex
    const match = sticky.exec(this.#text)
    if (match !== null) this.#at = sticky.lastIndex
    return match ?? undefined
  }

  /** Does the pattern match right here, without spaces before it? Nothing is taken. */
  at(pattern: RegExp): boolean {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = this.#at
    return sticky.test(this.#text)
  }

  expect(pattern: RegExp, what: string): RegExpExecArray {
    return this.take(pattern) ?? this.fail(`expected ${what}`)
  }

  /** A quoted text, exactly as it stands between its quotes: nothing is escaped in it, and the first quote ends it. */
  raw(): string {
    const match = this.expect(/"([^"]*)"|`([^`]*)`/, 'a quoted text')
    return match[1] ?? match[2]!
  }

  /** A string as a query writes it: escapes are read, but between backticks there are none. */
  string(): string {
    const [, escaped, plain] = this.expect(/"((?:\\.|[^"\\])*)"|`([^`]*)`/, 'a quoted text')
    return plain ?? unquote(escaped!, (_, reason) => this.fail(reason))
  }

  /** `{a="b", c="d"}` */
  labels(): Map<string, string> {
    this.expect(/\{/, 'labels')
    const labels = new Map<string, string>()
    while (!this.take(/\}/)) {
      const name = this.take(/[^\s=,}"`]+/)?.[0] ?? this.string()
      this.expect(/=/, '=')
      if (labels.has(name)) this.fail(`the label ${name} stands twice`)
      labels.set(name, this.string())
      if (this.take(/,/) === undefined && !this.at(/\s*\}/)) this.fail('expected , or }')
    }
    return labels
  }

  /** `[metadata a="b" c="d"]`, or another word for `metadata`; undefined if it does not stand here. */
  clause(word: string): Map<string, string> | undefined {
    if (this.take(new RegExp(`\\[${word}(?=[\\s\\]])`)) === undefined) return undefined
    const pairs = new Map<string, string>()
    while (!this.take(/\]/)) {
      const name = this.take(/[^\s="`\]]+/)?.[0] ?? this.string()
      this.expect(/=/, '=')
      if (name === '') this.fail('a name is empty')
      pairs.set(name, this.string())
      this.take(/,/)
    }
    if (pairs.size === 0) this.fail(`[${word} …] without anything in it`)
    return pairs
  }

  durationNs(): bigint {
    return durationNs(this.expect(/-?[\d.]+[\d.a-zµ]*/, 'a duration')[0]) ?? this.fail('a wrong duration')
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])

/** `1m30s`, `500ms`, `0`. */
export function durationNs(text: string): bigint | undefined {
  if (text === '0') return 0n
  if (!/^-?(?:[\d.]+(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g))
    total += Math.round(Number(amount) * UNITS.get(unit!)!)
  return BigInt(text.startsWith('-') ? -total : total)
}

/** A line without its comment; `#` in quotes is none. */
export function withoutComment(line: string): string {
  const parts = /(?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`#]|["`](?=[^"`]*$))*/y.exec(line)
  return (parts?.[0] ?? line).trimEnd()
}
