/** Names of the AnyValue kinds, by the letter in which `…AttributeTypes` and `BodyType` keep them. */
const TYPE_NAMES: Readonly<Record<string, AttributeType>> = {
  '-': 'empty',
  s: 'string',
  b: 'bool',
  i: 'int',
  d: 'double',
  a: 'array',
  k: 'kvlist',
  B: 'bytes',
}
export type AttributeType = 'empty' | 'string' | 'bool' | 'int' | 'double' | 'array' | 'kvlist' | 'bytes'
export type AttributeValue = string | number | boolean | null

export type Attributes = {
  /** Without a prototype, so that a key such as `__proto__` is a key like any other. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** The type of every attribute that is not a string; undefined if all are. */
  readonly attributeTypes: Readonly<Record<string, AttributeType>> | undefined
}

export function typeOfLetter(letter: string): AttributeType {
  return TYPE_NAMES[letter] ?? 'string'
}

const NOT_FINITE: Readonly<Record<string, string>> = {
  nan: 'NaN',
  inf: 'Infinity',
  infinity: 'Infinity',
  '-inf': '-Infinity',
  '-infinity': '-Infinity',
}

function doubleOf(text: string): AttributeValue {
  const special = NOT_FINITE[text.toLowerCase()]
  if (special !== undefined) return special
  const number = Number(text)
  if (text.trim() === '' || Number.isNaN(number)) return text
  return Object.is(number, -0) ? '-0' : number
}

function intOf(text: string): AttributeValue {
  const number = Number(text)
  return Number.isSafeInteger(number) && String(number) === text ? number : text
}

/**
 * The value as JSON carries it exactly: a number that a JSON reader would change (an integer beyond 2^53, NaN,
 * an infinity, -0) stays text; arrays and kvlists are JSON text, bytes are base64.
 */
function restoredValue(type: AttributeType, text: string): AttributeValue {
  switch (type) {
    case 'int':
      return intOf(text)
    case 'double':
      return doubleOf(text)
    case 'bool':
      return text === 'true' || text === '1'
    case 'empty':
      return null
    default:
      return text
  }
}

/** Attributes with their types, from the parallel arrays of a row. Of a key that stands twice the first counts, as in ClickHouse. */
export function restoreAttributes(
  keys: ReadonlyArray<string>,
  values: ReadonlyArray<string>,
  letters: string,
): Attributes {
  const attributes: Record<string, AttributeValue> = Object.create(null)
  const types: Record<string, AttributeType> = Object.create(null)
  let typed = false
  keys.forEach((key, i) => {
    if (key in attributes) return
    const type = typeOfLetter(letters[i] ?? 's')
    attributes[key] = restoredValue(type, values[i] ?? '')
    if (type === 'string') return
    types[key] = type
    typed = true
  })
  return { attributes, attributeTypes: typed ? types : undefined }
}
