import type { Plain } from '../plain.ts'

/** What fmt.Sprintf of Go does, for the types that OTTL has (pkg.go.dev/fmt#hdr-Printing). */

/** A value, or something that is only a text, as times are. */
export type FormatValue = Plain | { readonly text: string }

export type Verb = {
  readonly verb: string
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
}
export type FormatPart = string | Verb

const DIRECTIVE = /%([-+# 0]*)(\d*)(?:\.(\d*))?([\s\S]?)/gu
/** Go's own bound is higher; nothing sensible needs it. */
const WIDTH_MAX = 1000

/** Throws an Error that says what is wrong with a format. */
export function parseFormat(format: string): ReadonlyArray<FormatPart> {
  const parts: FormatPart[] = []
  let at = 0
  for (const found of format.matchAll(DIRECTIVE)) {
    const [written, flags = '', width = '', precision, verb = ''] = found
    if (verb === '*' || verb === '[')
      throw new Error(`Format does not know %${verb}: write widths and order out`)
    if (Number(width) > WIDTH_MAX || Number(precision ?? 0) > WIDTH_MAX)
      throw new Error(`a width or precision in Format is at most ${WIDTH_MAX}`)
    parts.push(format.slice(at, found.index), {
      verb,
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
    })
    at = found.index + written.length
  }
  return [...parts, format.slice(at)]
}

/** Undefined for a text of more than `lengthMax` characters. */
export function sprintf(
  parts: ReadonlyArray<FormatPart>,
  values: ReadonlyArray<FormatValue>,
  lengthMax: number,
): string | undefined {
  let next = 0
  let out = ''
  for (const part of parts) {
    if (typeof part === 'string') out += part
    else if (part.verb === '%') out += '%'
    else if (part.verb === '') out += '%!(NOVERB)'
    else if (next >= values.length) out += `%!${part.verb}(MISSING)`
    else out += formatted(part, values[next++]!)
    if (out.length > lengthMax) return undefined
  }
  const extra = values.slice(next).map(typedValue)
  return extra.length === 0 ? out : `${out}%!(EXTRA ${extra.join(', ')})`
}

function typedValue(value: FormatValue): string {
  return value === null ? '<nil>' : `${typeName(value)}=${plainValue(value)}`
}

function typeName(value: FormatValue): string {
  if (typeof value === 'bigint') return 'int64'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Uint8Array) return '[]uint8'
  if (Array.isArray(value)) return '[]interface {}'
  return value instanceof Map ? 'map[string]interface {}' : 'time.Time'
}

/** %v. */
function plainValue(value: FormatValue): string {
  if (value === null) return '<nil>'
  if (typeof value === 'number') return general(value, undefined)
  if (value instanceof Uint8Array) return `[${[...value].join(' ')}]`
  if (Array.isArray(value)) return `[${value.map(plainValue).join(' ')}]`
  if (value instanceof Map) {
    const entries = [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return `map[${entries.map(([key, item]) => `${key}:${plainValue(item)}`).join(' ')}]`
  }
  return typeof value === 'object' && 'text' in value ? value.text : String(value)
}

function formatted(verb: Verb, value: FormatValue): string {
  if (verb.verb === 'T') return padded(verb, value === null ? '<nil>' : typeName(value))
  if (verb.verb === 'v' && typeof value !== 'bigint' && typeof value !== 'number')
    return padded(verb, plainValue(value))
  const text = byType(verb, value)
  if (text !== undefined) return text
  return `%!${verb.verb}(${typedValue(value)})`
}

function byType(verb: Verb, value: FormatValue): string | undefined {
  if (typeof value === 'bigint') return formatInt(verb, value)
  if (typeof value === 'number') return formatFloat(verb, value)
  if (typeof value === 'boolean') return verb.verb === 't' ? padded(verb, String(value)) : undefined
  if (typeof value === 'string') return formatText(verb, value)
  if (value instanceof Uint8Array) return formatText(verb, Buffer.from(value).toString(), Buffer.from(value))
  return verb.verb === 's' && value !== null ? padded(verb, plainValue(value)) : undefined
}

function formatText(verb: Verb, text: string, bytes = Buffer.from(text)): string | undefined {
  const cut = verb.precision === undefined ? text : [...text].slice(0, verb.precision).join('')
  switch (verb.verb) {
    case 's':
      return padded(verb, cut)
    case 'q':
      return padded(verb, JSON.stringify(cut))
    case 'x':
      return padded(verb, bytes.toString('hex'))
    case 'X':
      return padded(verb, bytes.toString('hex').toUpperCase())
    default:
      return undefined
  }
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ''],
  v: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
}

function formatInt(verb: Verb, value: bigint): string | undefined {
  if (verb.verb === 'c') return padded(verb, characterOf(value))
  if (verb.verb === 'q') return padded(verb, `'${characterOf(value)}'`)
  if (verb.verb === 'U') return padded(verb, `U+${value.toString(16).toUpperCase().padStart(4, '0')}`)
  const known = BASES[verb.verb]
  if (known === undefined) return undefined
  const [base, prefix] = known
  const magnitude = (value < 0n ? -value : value).toString(base)
  const digits = (verb.verb === 'X' ? magnitude.toUpperCase() : magnitude).padStart(verb.precision ?? 0, '0')
  const shown = verb.flags.includes('#') || verb.verb === 'O' ? prefix : ''
  const zeros = verb.flags.includes('0') && verb.precision === undefined
  return signed(verb, value < 0n, shown + digits, zeros)
}

function characterOf(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd'
}

function formatFloat(verb: Verb, value: number): string | undefined {
  const { precision } = verb
  const magnitude = Math.abs(value)
  const negative = value < 0 || Object.is(value, -0)
  let digits: string
  if (!Number.isFinite(value)) digits = Number.isNaN(value) ? 'NaN' : 'Inf'
  else if (verb.verb === 'f' || verb.verb === 'F') digits = fixed(magnitude, precision ?? 6)
  else if (verb.verb === 'e' || verb.verb === 'E') digits = exponential(magnitude, precision ?? 6)
  else if (verb.verb === 'g' || verb.verb === 'G') digits = general(magnitude, precision)
  else if (verb.verb === 'v') digits = general(magnitude, precision)
  else return undefined
  const shown = verb.verb === 'E' || verb.verb === 'G' ? digits.toUpperCase() : digits
  const signedInf =
    digits === 'Inf' && !negative && (verb.flags.includes('+') || verb.verb === 'v') ? '+Inf' : shown
  return signed(verb, negative, signedInf, verb.flags.includes('0') && Number.isFinite(value))
}

function fixed(value: number, precision: number): string {
  if (precision <= 100 && value < 1e21) return value.toFixed(precision)
  const whole = BigInt(Math.trunc(value)).toString()
  return precision === 0 ? whole : `${whole}.${'0'.repeat(precision)}`
}

/** Go writes at least two digits of the exponent. */
function exponential(value: number, precision: number | undefined): string {
  const text = precision === undefined ? value.toExponential() : value.toExponential(Math.min(precision, 100))
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** The shortest text of a number has an exponent from here on. */
const LARGE_FROM = 6

/** %g: the shortest text, or `precision` significant digits; with an exponent for large and small numbers. */
function general(value: number, precision: number | undefined): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  if (value < 0 || Object.is(value, -0)) return `-${general(-value, precision)}`
  if (value === 0) return '0'
  const digits = precision === undefined ? undefined : Math.max(precision, 1) - 1
  const written = exponential(value, digits)
  const exponent = Number(written.slice(written.indexOf('e') + 1))
  const limit = digits === undefined ? LARGE_FROM : digits + 1
  if (exponent < -4 || exponent >= limit)
    return written.replace(/\.?0*e/, (zeros) => (zeros.startsWith('.') ? 'e' : zeros))
  const text = digits === undefined ? String(value) : value.toFixed(Math.max(0, digits - exponent))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function signed(
  { flags, width, verb: _verb }: Verb,
  negative: boolean,
  digits: string,
  zeros: boolean,
): string {
  const sign = negative
    ? '-'
    : digits.startsWith('+')
      ? ''
      : flags.includes('+')
        ? '+'
        : flags.includes(' ')
          ? ' '
          : ''
  if (zeros && !flags.includes('-')) return sign + digits.padStart(width - sign.length, '0')
  return aligned(flags, width, sign + digits)
}

function padded({ flags, width }: Verb, text: string): string {
  return aligned(flags, width, text)
}

function aligned(flags: string, width: number, text: string): string {
  const missing = width - [...text].length
  if (missing <= 0) return text
  return flags.includes('-') ? text + ' '.repeat(missing) : ' '.repeat(missing) + text
}
