import { ConditionError } from './condition-error.ts'

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** The content of a double-quoted string; its escapes are Go's. `offset` is where the opening quote stands. */
export function unquote(quoted: string, offset: number): string {
  const end = quoted.length - 1
  let out = ''
  let i = 1
  while (i < end) {
    const backslash = quoted.indexOf('\\', i)
    if (backslash === -1 || backslash >= end) return out + quoted.slice(i, end)
    out += quoted.slice(i, backslash)
    const escaped = readEscape(quoted, backslash + 1, end, offset + backslash)
    out += escaped.text
    i = backslash + 1 + escaped.length
  }
  return out
}

function readEscape(
  quoted: string,
  at: number,
  end: number,
  offset: number,
): { text: string; length: number } {
  const letter = quoted[at]!
  const simple = SIMPLE[letter]
  if (simple !== undefined) return { text: simple, length: 1 }
  const hexDigits = HEX_DIGITS[letter]
  if (hexDigits !== undefined) {
    const digits = quoted.slice(at + 1, Math.min(at + 1 + hexDigits, end))
    if (digits.length === hexDigits && /^[0-9a-fA-F]+$/.test(digits)) {
      const code = Number.parseInt(digits, 16)
      const text = letter === 'x' ? byte(code, `x${digits}`, offset) : character(code, offset)
      return { text, length: 1 + hexDigits }
    }
    throw new ConditionError(
      `\\${letter} in a string must be followed by ${hexDigits} hexadecimal digits`,
      offset,
    )
  }
  if (letter >= '0' && letter <= '7') {
    const digits = quoted.slice(at, Math.min(at + 3, end))
    const code = Number.parseInt(digits, 8)
    if (/^[0-7]{3}$/.test(digits) && code <= 255) return { text: byte(code, digits, offset), length: 3 }
    throw new ConditionError('an octal escape in a string has three digits, at most \\377', offset)
  }
  const shown = String.fromCodePoint(quoted.codePointAt(at)!)
  throw new ConditionError(
    `unknown escape \\${shown} in a string; write \\\\${shown} for a backslash`,
    offset,
  )
}

/** Go's hexadecimal and octal escapes are bytes: those above ASCII are characters only together. */
function byte(code: number, written: string, offset: number): string {
  if (code < 0x80) return String.fromCharCode(code)
  throw new ConditionError(
    `\\${written} in a string is a byte, not a character: write the character, or \\u00${code.toString(16)}`,
    offset,
  )
}

function character(code: number, offset: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new ConditionError('this escape names no Unicode character', offset)
  return String.fromCodePoint(code)
}
