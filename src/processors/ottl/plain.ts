/**
 * A value as plain JavaScript, for what is off the hot path: comparing lists and maps, and their JSON text.
 * int64 is a bigint and double a number, so that they stay apart as in Go.
 */
export type Plain = null | boolean | bigint | number | string | Uint8Array | PlainList | PlainMap
export type PlainList = ReadonlyArray<Plain>
export type PlainMap = ReadonlyMap<string, Plain>

/** Go's reflect.DeepEqual: same types, same values; the order of a map's keys does not matter. */
export function deepEqual(a: Plain, b: Plain): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]!))
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof Map) return b instanceof Map && equalMaps(a, b)
  return a === b
}

function equalMaps(a: PlainMap, b: PlainMap): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !deepEqual(value, other)) return false
  }
  return true
}

/** A double as pdata's Value.AsString writes it: as JavaScript does, but for the sign of -0 and what is no number. */
function formatDouble(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isFinite(value)) return String(value)
  return `json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`
}

/** JSON with sorted keys; bytes in base64; what JSON can't say (NaN, infinities) as null. */
function jsonText(value: Plain): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? formatDouble(value) : 'null'
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (value instanceof Map) {
    const keys = [...value.keys()].sort()
    return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonText(value.get(key)!)}`).join(',')}}`
  }
  return String(value)
}

/** What `body.string` is of a value that is not a string: pdata's Value.AsString. nil is the empty text. */
export function plainText(value: Plain): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return jsonText(value)
}

/** What IsMatch sees of a value: OTTL's StringLikeGetter. Undefined for a double that JSON can't say, which is an error there. */
export function matchedText(value: Plain): string | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined
  return plainText(value)
}
