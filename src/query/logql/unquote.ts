const SINGLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}
const NUMERIC = /([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y

/**
 * What a quoted string means, by Go's rules for escapes; of quotes, only its own is escaped. `\x80` and above are bytes: those that follow each
 * other are read as UTF-8 together. `fail` gets the offset into `body`, and must throw.
 */
export function unquote(
  body: string,
  fail: (offset: number, reason: string) => never,
  quotes: '"' | "'" = '"',
): string {
  if (!body.includes('\\')) return body
  let out = ''
  let bytes: number[] = []
  const flush = (): void => {
    if (bytes.length > 0) out += Buffer.from(bytes).toString('utf8')
    bytes = []
  }
  for (let i = 0; i < body.length; ) {
    if (body[i] !== '\\') {
      flush()
      out += body[i++]
      continue
    }
    const single = body[i + 1] === quotes ? quotes : SINGLE[body[i + 1]!]
    if (single !== undefined) {
      flush()
      out += single
      i += 2
      continue
    }
    NUMERIC.lastIndex = i + 1
    const numeric = NUMERIC.exec(body)
    if (numeric === null)
      return fail(
        i,
        `\\${body[i + 1]} is no escape: write \\\\${body[i + 1]}, or put the string in backticks`,
      )
    const [whole, octal, hex] = numeric
    const code = octal !== undefined ? Number.parseInt(octal, 8) : Number.parseInt(whole.slice(1), 16)
    if (code > 0x10ffff || (octal !== undefined && code > 0xff) || (code >= 0xd800 && code <= 0xdfff))
      return fail(i, `\\${whole} is no character`)
    if (octal !== undefined || hex !== undefined) bytes.push(code)
    else {
      flush()
      out += String.fromCodePoint(code)
    }
    i += 1 + whole.length
  }
  flush()
  return out
}

/** The shortest double-quoted string that {@link unquote} reads as `value`. */
export function quote(value: string): string {
  let out = '"'
  for (const character of value) {
    if (character === '"' || character === '\\') out += `\\${character}`
    else if (character === '\n') out += '\\n'
    else if (character === '\t') out += '\\t'
    else if (character < ' ' || character === '\x7f')
      out += `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    else out += character
  }
  return `${out}"`
}
