import type { Cell } from '../cell.ts'
import { Kind } from '../kinds.ts'
import { PatternCache } from '../pattern-cache.ts'
import type { FunctionSpec, Parameter } from './function.ts'
import { failed, STRING, textTarget, valueFunction } from './value-function.ts'

/** Base64 as RFC 4648 has it: with or without padding, for texts or for URLs. */
type Variant = { readonly padded: boolean; readonly encoding: 'base64' | 'base64url' }

const VARIANTS: ReadonlyMap<string, Variant> = new Map([
  ['base64', { padded: true, encoding: 'base64' }],
  ['base64-raw', { padded: false, encoding: 'base64' }],
  ['base64-url', { padded: true, encoding: 'base64url' }],
  ['base64-raw-url', { padded: false, encoding: 'base64url' }],
])

/** Decodes, or undefined. */
type Decoder = (bytes: Buffer) => Buffer | undefined

const ALPHABETS = { base64: /^[A-Za-z0-9+/]*$/, base64url: /^[A-Za-z0-9_-]*$/ } as const

function base64Decoder({ encoding, padded }: Variant): Decoder {
  return (bytes) => {
    const text = bytes.toString('latin1').replace(/[\r\n]/g, '')
    if (padded && text.length % 4 !== 0) return undefined
    const digits = padded ? text.replace(/={1,2}$/, '') : text
    return digits.length % 4 === 1 || !ALPHABETS[encoding].test(digits)
      ? undefined
      : Buffer.from(digits, encoding)
  }
}

/** Names of what is text already. */
const UTF8_NAMES: ReadonlySet<string> = new Set(['', 'nop', 'ascii', 'us-ascii', 'utf8', 'utf-8'])

function decoderNamed(name: string): { readonly decode: Decoder } {
  const variant = VARIANTS.get(name)
  if (variant !== undefined) return { decode: base64Decoder(variant) }
  if (UTF8_NAMES.has(name.toLowerCase())) return { decode: (bytes) => bytes }
  try {
    const decoder = new TextDecoder(name)
    return { decode: (bytes) => Buffer.from(decoder.decode(bytes)) }
  } catch (error) {
    if (error instanceof RangeError) throw new Error(`there is no encoding ${name}`)
    throw error
  }
}

function setDecoded(cell: Cell, source: Cell, decode: Decoder): boolean {
  const decoded = decode(source.bytes.subarray(source.start, source.end))
  if (decoded !== undefined) cell.setRange(Kind.string, decoded, 0, decoded.length)
  return decoded !== undefined
}

const decode = valueFunction(
  'Decode',
  [
    { name: 'target', kinds: [Kind.string, Kind.bytes] },
    { name: 'encoding', kinds: STRING },
  ],
  Kind.string,
  (frame, [, encoding]) => {
    const fixed = encoding!.constant ? decoderNamed(encoding!.cell.text()) : undefined
    const cache = new PatternCache(decoderNamed)
    return (cell, source, dynamic) => {
      const decoder = fixed ?? cache.get(dynamic.text())
      if (typeof decoder === 'string') return failed(frame, 'encoding of Decode is not known')
      return (
        setDecoded(cell, source, decoder.decode) || failed(frame, 'the text of Decode is not in its encoding')
      )
    }
  },
)

const base64Decode = valueFunction('Base64Decode', [textTarget], Kind.string, (frame) => {
  const decoder = base64Decoder(VARIANTS.get('base64')!)
  return (cell, source) =>
    setDecoded(cell, source, decoder) || failed(frame, 'the text of Base64Decode is not base64')
})

const variantParameter: Parameter = { name: 'variant', kinds: STRING, optional: true }

const base64Encode = valueFunction('Base64Encode', [textTarget, variantParameter], Kind.string, (frame) => {
  return (cell, source, name) => {
    const variant = VARIANTS.get(name.kind === Kind.string ? name.text() : 'base64')
    if (variant === undefined) return failed(frame, 'variant of Base64Encode is not known')
    const digits = source.bytes.toString(variant.encoding, source.start, source.end).replace(/=+$/, '')
    cell.setText(variant.padded ? digits.padEnd(Math.ceil(digits.length / 4) * 4, '=') : digits)
    return true
  }
})

export const encodingFunctions: ReadonlyArray<FunctionSpec> = [base64Decode, base64Encode, decode]
