/** Cases of names as the collector's functions have them: by byte, ASCII letters only but for lower and upper. */

/** Go maps each code point to one; JavaScript's special cases (ß, İ) would give several. */
function mapped(text: string, map: (character: string) => string): string {
  let out = ''
  for (const character of text) {
    const other = map(character)
    out += [...other].length === 1 ? other : character === 'İ' ? 'i' : character
  }
  return out
}

export function toLowerCase(text: string): string {
  return mapped(text, (character) => character.toLowerCase())
}

export function toUpperCase(text: string): string {
  return mapped(text, (character) => character.toUpperCase())
}

type Class = 'upper' | 'lower' | 'digit' | 'other'

function classOf(character: string | undefined): Class {
  if (character === undefined) return 'other'
  if (character >= 'A' && character <= 'Z') return 'upper'
  if (character >= 'a' && character <= 'z') return 'lower'
  return character >= '0' && character <= '9' ? 'digit' : 'other'
}

const SEPARATORS: ReadonlySet<string> = new Set([' ', '_', '-', '.'])

/** Does a word of a name end between two characters? Runs of capitals are one word: JSONData is json_data. */
function breaks(current: Class, next: Class): boolean {
  if (current === 'other' || next === 'other' || current === next) return false
  return !(current === 'upper' && next === 'lower')
}

export function toSnakeCase(text: string): string {
  const characters = [...text.trim()]
  let out = ''
  characters.forEach((character, i) => {
    const current = classOf(character)
    const next = classOf(characters[i + 1])
    if (current === 'upper' && next === 'lower' && classOf(characters[i - 1]) === 'upper') out += '_'
    out += SEPARATORS.has(character) ? '_' : current === 'upper' ? character.toLowerCase() : character
    if (breaks(current, next)) out += '_'
  })
  return out
}

export function toCamelCase(text: string): string {
  let out = ''
  let capital = true
  let wasUpper = false
  const trimmed = text.trim()
  for (const character of trimmed === 'ID' ? 'id' : trimmed) {
    const current = classOf(character)
    if (current === 'other') {
      capital = SEPARATORS.has(character)
      wasUpper = false
      continue
    }
    if (capital && current === 'lower') out += character.toUpperCase()
    else out += !capital && wasUpper && current === 'upper' ? character.toLowerCase() : character
    wasUpper = current === 'upper'
    capital = current === 'digit'
  }
  return out
}
