import { quote } from '../unquote.ts'
import { TemplateError } from './error.ts'
import { printFloat, printValue, type TemplateValue, typeName } from './value.ts'

const VERB = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/g
const WIDTH_MAX = 10_000

type Directive = {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly verb: string
}

/** Go's fmt.Sprintf, for the kinds of values that templates have. */
export function sprintf(format: string, args: ReadonlyArray<TemplateValue>): string {
  let used = 0
  const next = (): TemplateValue | undefined => args[used++]
  const number = (text: string | undefined): number =>
    text === '*' ? Number(next() ?? 0) : Number(text ?? 0)
  const out = format.replace(
    VERB,
    (whole, flags: string, width?: string, precision?: string, verb?: string) => {
      if (verb === '%') return '%'
      const directive: Directive = {
        flags,
        width: bounded(number(width)),
        precision: whole.includes('.') ? bounded(number(precision)) : undefined,
        verb: verb!,
      }
      if (used >= args.length) return `%!${verb}(MISSING)`
      return padded(formatted(directive, next()!), directive)
    },
  )
  if (used >= args.length) return out
  const extra = args.slice(used).map((value) => `${typeName(value)}=${printValue(value, '<nil>')}`)
  return `${out}%!(EXTRA ${extra.join(', ')})`
}

function bounded(size: number): number {
  if (Math.abs(size) > WIDTH_MAX) throw new TemplateError(`printf: a width of more than ${WIDTH_MAX}`)
  return size
}

function padded(text: string, { flags, width, verb }: Directive): string {
  const missing = Math.abs(width) - [...text].length
  if (missing <= 0) return text
  if (flags.includes('-') || width < 0) return text + ' '.repeat(missing)
  if (!flags.includes('0') || verb === 's' || verb === 'v' || verb === 'q') return ' '.repeat(missing) + text
  const sign = /^[-+ ]/.exec(text)?.[0] ?? ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}

function formatted(directive: Directive, value: TemplateValue): string {
  const { verb, precision, flags } = directive
  const wrong = `%!${verb}(${typeName(value)}=${printValue(value, '<nil>')})`
  switch (verb) {
    case 'v':
    case 's':
      if (verb === 's' && typeof value !== 'string' && typeof value !== 'object') return wrong
      return cut(
        typeof value === 'number' || typeof value === 'bigint'
          ? signed(printValue(value), flags)
          : printValue(value, verb === 's' ? '%!s(<nil>)' : '<nil>'),
        precision,
      )
    case 'q':
      return typeof value === 'string' ? quote(value) : wrong
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong
    case 'T':
      return typeName(value)
    case 'd':
      return typeof value === 'bigint' ? signed(String(value), flags) : wrong
    case 'c':
      return typeof value === 'bigint' ? String.fromCodePoint(Number(value)) : wrong
    case 'b':
    case 'o':
      return typeof value === 'bigint' ? signed(value.toString(verb === 'b' ? 2 : 8), flags) : wrong
    case 'x':
    case 'X':
      return hexadecimal(value, verb) ?? wrong
    case 'e':
    case 'f':
    case 'F':
    case 'g':
      return typeof value === 'number' ? signed(float(value, verb, precision), flags) : wrong
    default:
      return wrong
  }
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('')
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-') || text.startsWith('+')) return text
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
}

function hexadecimal(value: TemplateValue, verb: string): string | undefined {
  const text =
    typeof value === 'bigint'
      ? value.toString(16)
      : typeof value === 'string'
        ? Buffer.from(value).toString('hex')
        : undefined
  return verb === 'X' ? text?.toUpperCase() : text
}

function float(value: number, verb: string, precision: number | undefined): string {
  if (!Number.isFinite(value)) return printFloat(value)
  if (verb === 'f' || verb === 'F') return value.toFixed(Math.min(precision ?? 6, 100))
  if (verb === 'e')
    return value.toExponential(Math.min(precision ?? 6, 100)).replace(/e([-+])(\d)$/, 'e$10$2')
  return precision === undefined
    ? printFloat(value)
    : printFloat(Number(value.toPrecision(Math.min(Math.max(precision, 1), 100))))
}
