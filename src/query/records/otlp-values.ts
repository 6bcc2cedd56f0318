import { parseJson } from '../../otlp/json/parse-json.ts'
import { ExactNumber } from '../../otlp/json/scalars.ts'
import { type AnyValueJson, doubleJson, type KeyValueJson } from '../../otlp/json/value-json.ts'

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
      return { doubleValue: doubleJson(Number(text)) }
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
    // Deeper or larger than what is parsed, or changed by a processor: the text that it is.
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
    : { doubleValue: doubleJson(Number(text)) }
}
