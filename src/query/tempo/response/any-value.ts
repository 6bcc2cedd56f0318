import { parseJson } from '../../../otlp/json/parse-json.ts'
import { ExactNumber } from '../../../otlp/json/scalars.ts'

/** AnyValue of OTLP/JSON. */
export type AnyValue =
  | Readonly<Record<string, never>>
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly bytesValue: string }
  | { readonly arrayValue: { readonly values: ReadonlyArray<AnyValue> } }
  | { readonly kvlistValue: { readonly values: ReadonlyArray<KeyValue> } }

export type KeyValue = { readonly key: string; readonly value: AnyValue }

/** Named as ProtoJSON has them; JSON numbers have neither these nor a sign of zero. */
function doubleOf(number: number): { readonly doubleValue: number | string } {
  if (Object.is(number, -0)) return { doubleValue: '-0' }
  return { doubleValue: Number.isFinite(number) ? number : String(number) }
}

const INT64_MAX = 2n ** 63n - 1n

/** What stands inside an array or kvlist is kept as JSON: whole numbers come back as ints, bytes as base64 text. */
function ofJson(value: unknown): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : doubleOf(value)
  if (value instanceof ExactNumber) {
    const whole = BigInt(value.text)
    return whole > INT64_MAX || whole < -INT64_MAX - 1n ? doubleOf(Number(whole)) : { intValue: value.text }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(ofJson) } }
  if (typeof value !== 'object' || value === null) return {}
  return {
    kvlistValue: { values: Object.entries(value).map(([key, item]) => ({ key, value: ofJson(item) })) },
  }
}

/** A processor may have changed the text: what is no JSON any more is the text that it is. */
function ofJsonText(text: string): AnyValue {
  try {
    return ofJson(parseJson(Buffer.from(text)))
  } catch {
    return { stringValue: text }
  }
}

/** A stored value, by the letter of its type. */
export function anyValueOf(letter: string, text: string): AnyValue {
  switch (letter) {
    case '-':
      return {}
    case 'b':
      return { boolValue: text === 'true' || text === '1' }
    case 'i':
      return /^-?\d{1,19}$/.test(text) ? { intValue: text } : { stringValue: text }
    case 'd':
      return doubleOf(Number(text))
    case 'B':
      return { bytesValue: text }
    case 'a':
    case 'k':
      return ofJsonText(text)
    default:
      return { stringValue: text }
  }
}

/** Attributes from the parallel arrays of a row, in their order, also those that stand twice. */
export function keyValues(
  keys: ReadonlyArray<string>,
  values: ReadonlyArray<string>,
  letters: string,
): KeyValue[] {
  return keys.map((key, i) => ({ key, value: anyValueOf(letters[i] ?? 's', values[i] ?? '') }))
}
