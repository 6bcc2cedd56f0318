/**
 * Recognises regular expressions that only look for fixed texts, since those need no regex engine and no
 * string: `^/healthz$`, `.*password.*`, `(?i)timeout`, `^(GET|HEAD) /ready`. Anything it is not sure of is left
 * to the engine.
 */
export type LiteralAlternative = { readonly text: string; readonly atStart: boolean; readonly atEnd: boolean }
export type LiteralPattern = {
  readonly foldCase: boolean
  readonly alternatives: ReadonlyArray<LiteralAlternative>
}

const ALTERNATIVES_MAX = 16
const TEXT_LENGTH_MAX = 1024
const ESCAPED_LITERAL = /^[^A-Za-z0-9]$/
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' }
const SPECIAL = new Set('.+*?()|[]{}^$\\')
const QUANTIFIERS = new Set('*+?{')

/** The fixed texts that a pattern looks for, or undefined if it is more than that. The pattern must be valid RE2. */
export function literalPattern(pattern: string): LiteralPattern | undefined {
  const foldCase = pattern.startsWith('(?i)')
  const source = foldCase ? pattern.slice(4) : pattern
  const parts = splitAlternatives(source)
  if (parts === undefined) return undefined
  const alternatives: LiteralAlternative[] = []
  for (const part of parts) {
    const found = alternativesOf(part)
    if (found === undefined) return undefined
    alternatives.push(...found)
    if (alternatives.length > ALTERNATIVES_MAX) return undefined
  }
  if (foldCase && alternatives.some(({ text }) => !/^\p{ASCII}*$/u.test(text))) return undefined
  return { foldCase, alternatives }
}

/** Splits at the `|` outside parentheses; undefined if the parentheses don't balance or a class is in the way. */
function splitAlternatives(source: string): string[] | undefined {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < source.length; i++) {
    const character = source[i]
    if (character === '[') return undefined
    if (character === '\\') i++
    else if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === '|' && depth === 0) {
      parts.push(source.slice(start, i))
      start = i + 1
    }
    if (depth < 0) return undefined
  }
  parts.push(source.slice(start))
  return depth === 0 ? parts : undefined
}

function alternativesOf(part: string): LiteralAlternative[] | undefined {
  let source = part
  const atStart = source.startsWith('^')
  if (atStart) source = source.slice(1)
  // Unanchored, a leading or trailing .* can always match nothing.
  else if (source.startsWith('.*') && source[2] !== '?' && !isQuantifier(source[2])) source = source.slice(2)
  const atEnd = source.endsWith('$') && !endsEscaped(source)
  if (atEnd) source = source.slice(0, -1)
  else if (source.endsWith('.*') && !endsEscaped(source.slice(0, -1))) source = source.slice(0, -2)
  return expand(source)?.map((text) => ({ text, atStart, atEnd }))
}

/** Is the last character escaped by an odd number of backslashes before it? */
function endsEscaped(source: string): boolean {
  const backslashes = /\\*$/.exec(source.slice(0, -1))![0].length
  return backslashes % 2 === 1
}

function isQuantifier(character: string | undefined): boolean {
  return character !== undefined && QUANTIFIERS.has(character)
}

/** All texts that a sequence of literals and groups of literals can be. */
function expand(source: string): string[] | undefined {
  let texts = ['']
  let i = 0
  while (i < source.length) {
    const step = source[i] === '(' ? group(source, i) : literal(source, i)
    if (step === undefined || isQuantifier(source[step.end])) return undefined
    texts = texts.flatMap((text) => step.texts.map((next) => text + next))
    if (texts.length > ALTERNATIVES_MAX || texts.some((text) => text.length > TEXT_LENGTH_MAX))
      return undefined
    i = step.end
  }
  return texts
}

type Step = { readonly texts: ReadonlyArray<string>; readonly end: number }

function literal(source: string, at: number): Step | undefined {
  const code = source.codePointAt(at)!
  const character = String.fromCodePoint(code)
  if (character !== '\\') {
    if (SPECIAL.has(character) || (code >= 0xd800 && code <= 0xdfff)) return undefined
    return { texts: [character], end: at + character.length }
  }
  const escaped = source[at + 1]
  if (escaped === undefined) return undefined
  const text = CONTROLS[escaped] ?? (ESCAPED_LITERAL.test(escaped) && escaped < '\x7f' ? escaped : undefined)
  return text === undefined ? undefined : { texts: [text], end: at + 2 }
}

function group(source: string, at: number): Step | undefined {
  let depth = 0
  let end = at
  for (; end < source.length; end++) {
    const character = source[end]
    if (character === '\\') end++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) break
  }
  let inner = source.slice(at + 1, end)
  if (inner.startsWith('?:')) inner = inner.slice(2)
  else if (inner.startsWith('?')) return undefined
  const texts: string[] = []
  for (const part of splitAlternatives(inner) ?? ['[']) {
    const expanded = expand(part)
    if (expanded === undefined || texts.length > ALTERNATIVES_MAX) return undefined
    texts.push(...expanded)
  }
  return { texts, end: end + 1 }
}
