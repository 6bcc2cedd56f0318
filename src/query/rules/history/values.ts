import { parseJson } from '../../../otlp/json/parse-json.ts'
import { ExactNumber } from '../../../otlp/json/scalars.ts'
import type { AnyValueJson, KeyValueJson } from '../../../otlp/json/value-json.ts'

/**
 * Stored values as OTLP/JSON, by the letter in which their kind is kept. What lists and maps hold is kept as plain JSON: there
 * a whole double comes back as an int, and bytes as a string.
 */
export function storedValue(letter: string, text: string): AnyValueJson {
  switch (letter) {
    case '-':
      return {}
    case 'b':
      return { boolValue: text === 'true' }
    case 'i':
      return { intValue: text }
    case 'd':
      return { doubleValue: text }
    case 'a':
    case 'k':
      return nestedValue(text)
    case 'B':
      return { bytesValue: text }
    default:
      return { stringValue: text }
  }
}

/** Attributes from the parallel arrays of a row. */
export function storedAttributes(
  keys: ReadonlyArray<string>,
  values: ReadonlyArray<string>,
  letters: string,
): KeyValueJson[] {
  return keys.map((key, i) => ({ key, value: storedValue(letters[i] ?? 's', values[i] ?? '') }))
}

function nestedValue(text: string): AnyValueJson {
  try {
    return ofJson(parseJson(Buffer.from(text)))
  } catch {
    // Deeper or larger than what is parsed: no rule looks into it either.
    return { stringValue: text }
  }
}

function ofJson(json: unknown): AnyValueJson {
  if (typeof json === 'string') return { stringValue: json }
  if (typeof json === 'boolean') return { boolValue: json }
  if (json instanceof ExactNumber || typeof json === 'number') return numberValue(json)
  if (Array.isArray(json)) return { arrayValue: { values: json.map(ofJson) } }
  if (typeof json !== 'object' || json === null) return {}
  const values = Object.entries(json).map(([key, item]) => ({ key, value: ofJson(item) }))
  return { kvlistValue: { values } }
}

/** What an int64 can't be is a double. */
function numberValue(json: number | ExactNumber): AnyValueJson {
  const isInt = json instanceof ExactNumber || Number.isSafeInteger(json)
  const text = json instanceof ExactNumber ? json.text : String(json)
  return isInt && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
    ? { intValue: text }
    : { doubleValue: Number(text) }
}

/** A double from the text of its eight bytes as a number: no digit is lost, and NaN is one. */
export function doubleOfBits(bits: string): number {
  scratch.setBigUint64(0, BigInt(bits))
  return scratch.getFloat64(0)
}

const scratch = new DataView(new ArrayBuffer(8))
