/**
 * A text that every match of a pattern must contain, found at the pattern's outermost level. Looking for it in
 * the bytes first spares most records the regex engine, and the string that it needs.
 */
export type RequiredLiteral = { readonly text: string; readonly foldCase: boolean }

const LENGTH_MIN = 3
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' }
/** Escapes that stand for a class or a position and match none of their own letters. */
const CLASS_ESCAPES = new Set('dDwWsSbBAz')

/** The longest such text, or undefined if none of three bytes or more is certain. The pattern must be valid RE2. */
export function requiredLiteral(pattern: string): RequiredLiteral | undefined {
  const foldCase = pattern.startsWith('(?i)')
  const source = foldCase ? pattern.slice(4) : pattern
  let best = ''
  let run = ''
  for (let i = 0; i < source.length; ) {
    const element = elementAt(source, i)
    if (element === undefined) return undefined
    i = element.end
    const quantifier = source[i]
    const optional = quantifier === '*' || quantifier === '?' || quantifier === '{'
    if (element.text !== undefined && !optional) run += element.text
    if (run.length > best.length) best = run
    if (element.text === undefined || optional || quantifier === '+') run = ''
    if (optional || quantifier === '+') {
      i = skipQuantifier(source, i)
      if (i === -1) return undefined
    }
  }
  if (best.length < LENGTH_MIN || (foldCase && !/^\p{ASCII}*$/u.test(best))) return undefined
  return { text: best, foldCase }
}

/** One element of a sequence: a literal with its text, or something else without. */
type Element = { readonly text: string | undefined; readonly end: number }

function elementAt(source: string, at: number): Element | undefined {
  const code = source.codePointAt(at)!
  const character = String.fromCodePoint(code)
  if (character === '|' || character === ')') return undefined
  if (character === '(') return groupAt(source, at)
  if (character === '[') return classAt(source, at)
  if (character === '.' || character === '^' || character === '$') return { text: undefined, end: at + 1 }
  if (character === '\\') return escapeAt(source, at)
  if (code >= 0xd800 && code <= 0xdfff) return undefined
  return { text: character, end: at + character.length }
}

function escapeAt(source: string, at: number): Element | undefined {
  const escaped = source[at + 1] ?? ''
  if (CLASS_ESCAPES.has(escaped)) return { text: undefined, end: at + 2 }
  const text = CONTROLS[escaped] ?? (/^[!-/:-@[-`{-~ ]$/.test(escaped) ? escaped : undefined)
  return text === undefined ? undefined : { text, end: at + 2 }
}

function classAt(source: string, at: number): Element | undefined {
  let i = at + 1
  if (source[i] === '^') i++
  // A ] that comes first is a member of the class.
  if (source[i] === ']') i++
  for (; i < source.length; i++) {
    if (source[i] === '\\') {
      if (source[i + 1] === 'Q') return undefined
      i++
    } else if (source[i] === '[' && source[i + 1] === ':') {
      const close = source.indexOf(':]', i + 2)
      if (close !== -1) i = close + 1
    } else if (source[i] === ']') return { text: undefined, end: i + 1 }
  }
  return undefined
}

function groupAt(source: string, at: number): Element | undefined {
  let i = at + 1
  // Flags set for the rest of the pattern change what follows: leave it.
  if (source[i] === '?' && !/^\?(?::|P?<)/.test(source.slice(i))) return undefined
  if (source[i] === '?') i = source[i + 1] === ':' ? i + 2 : source.indexOf('>', i) + 1
  while (i < source.length && source[i] !== ')') {
    if (
      source[i] === '|' ||
      source[i] === '*' ||
      source[i] === '+' ||
      source[i] === '?' ||
      source[i] === '{'
    ) {
      i++
      continue
    }
    const element = elementAt(source, i)
    if (element === undefined) return undefined
    i = element.end
  }
  return i < source.length ? { text: undefined, end: i + 1 } : undefined
}

/** Where the pattern goes on behind a quantifier; -1 if a brace is no repetition but a literal. */
function skipQuantifier(source: string, at: number): number {
  let end = at + 1
  if (source[at] === '{') {
    const repetition = /^\{\d+(?:,\d*)?\}/.exec(source.slice(at, at + 16))
    if (repetition === null) return -1
    end = at + repetition[0].length
  }
  return source[end] === '?' ? end + 1 : end
}
