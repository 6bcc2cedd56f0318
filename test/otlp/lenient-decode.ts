import { isUtf8 } from 'node:buffer'
import type protobuf from 'protobufjs'
import { rootOf } from './proto.ts'

/** Text as bytes: protobufjs refuses invalid UTF-8, while OTLP receivers replace it. */
const wellFormed = rootOf(new Set(['string']))
/** Lists as bytes too: of a list that occurs again the later one wins, where protobuf would join them. */
const lastWins = rootOf(new Set(['string', 'ArrayValue', 'KeyValueList']))
const LISTS: Readonly<Record<string, string>> = { arrayValue: 'ArrayValue', kvlistValue: 'KeyValueList' }
const TEXT_FIELDS = new Set([
  'key',
  'stringValue',
  'severityText',
  'eventName',
  'name',
  'version',
  'schemaUrl',
  'traceState',
  'message',
  'description',
  'unit',
])
const whatwg = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * What protobufjs makes of a message, but with the two liberties that Weir takes: invalid UTF-8 is what the
 * WHATWG decoder makes of it (each such text is reported to `invalidText`), and lists do not merge. Throws
 * where protobufjs finds the bytes malformed.
 */
export function decodeLenient(name: string, bytes: Uint8Array, invalidText: () => void = () => {}): object {
  wellFormed.lookupType(name).decode(bytes)
  return decoded(lastWins.lookupType(name), bytes, invalidText)
}

function decoded(type: protobuf.Type, bytes: Uint8Array, invalidText: () => void): object {
  return resolved(type.toObject(type.decode(bytes), { longs: BigInt, bytes: Buffer }), invalidText)
}

function resolved(message: Record<string, unknown>, invalidText: () => void): object {
  for (const [name, value] of Object.entries(message)) {
    if (Buffer.isBuffer(value)) message[name] = resolvedBytes(name, value, invalidText)
    else if (Array.isArray(value)) for (const item of value) resolved(item, invalidText)
    else if (typeof value === 'object' && value !== null)
      resolved(value as Record<string, unknown>, invalidText)
  }
  return message
}

function resolvedBytes(name: string, bytes: Buffer, invalidText: () => void): unknown {
  const list = LISTS[name]
  if (list !== undefined) return decoded(lastWins.lookupType(list), bytes, invalidText)
  if (!TEXT_FIELDS.has(name)) return bytes
  if (!isUtf8(bytes)) invalidText()
  return whatwg.decode(bytes)
}
