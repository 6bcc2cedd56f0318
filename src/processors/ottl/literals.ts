import type { Literal } from './ast.ts'
import { ConditionError } from './condition-error.ts'
import type { Token } from './lexer.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/**
 * The literal that a token is, or undefined for names and operators. `sign` stands before it, at `offset`. Throws
 * {@link ConditionError} for one out of range.
 */
export function literalOf(
  { kind, text: unsigned, offset: at }: Token,
  sign: '' | '-' = '',
  offset = at,
): Literal | undefined {
  const text = sign + unsigned
  switch (kind) {
    case 'string':
      return { kind, value: unsigned, offset }
    case 'int':
      return { kind, value: intOf(text, offset), offset }
    case 'float': {
      const value = Number(text)
      if (!Number.isFinite(value)) throw new ConditionError(`${text} is too large for a 64-bit float`, offset)
      return { kind, value, offset }
    }
    case 'bytes': {
      if (text.length % 2 !== 0)
        throw new ConditionError('a byte literal has two hexadecimal digits per byte', offset)
      return { kind, value: Uint8Array.from(Buffer.from(text.slice(2), 'hex')), offset }
    }
    default:
      return undefined
  }
}

/** Go reads 010 as octal, and 08 not at all. */
const OCTAL = /^0[0-7]+$/
const LEADING_ZERO = /^0\d/

function intOf(text: string, offset: number): bigint {
  const digits = text.replace(/^-/, '')
  const isOctal = OCTAL.test(digits)
  if (!isOctal && LEADING_ZERO.test(digits))
    throw new ConditionError(`${text} is no octal number: write it without leading zeros`, offset)
  const size = BigInt(isOctal ? `0o${digits}` : digits)
  const value = text.startsWith('-') ? -size : size
  if (value < INT64_MIN || value > INT64_MAX)
    throw new ConditionError(`${text} does not fit into a 64-bit integer`, offset)
  return value
}
