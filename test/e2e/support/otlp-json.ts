/** OTLP/JSON of a plain message: ids in hex, other bytes in base64, 64-bit integers as strings. */
export function otlpJson(message: object): string {
  return JSON.stringify(jsonOf(message))
}

function jsonOf(value: unknown, key = ''): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString(/Id$/.test(key) ? 'hex' : 'base64')
  if (Number.isNaN(value)) return 'NaN'
  if (Array.isArray(value)) return value.map((element) => jsonOf(element))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonOf(field, name)]))
}
