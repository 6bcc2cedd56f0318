import { createHash } from 'node:crypto'

/**
 * The canonical form of a resource, and its fingerprint. All gateways must agree on it, or one resource would be
 * stored under two numbers: it is documented in docs/architecture.md with golden vectors, and never changes.
 *
 *     "weir.resource.1" | field(schemaUrl) | u32 droppedAttributesCount | u32 count | for each attribute,
 *     sorted by key, then type, then value (byte order): field(key) | letter (1 byte) | field(value as text)
 *
 * with field(x) = u32 byte length | UTF-8 bytes, numbers little-endian. The fingerprint is the first 8 bytes of
 * the SHA-256 of that, read as a little-endian UInt64. The tenant is not part of it: rows join on (TenantId,
 * ResourceFingerprint).
 */
export type CanonicalAttribute = { readonly key: string; readonly letter: string; readonly value: string }

const VERSION = Buffer.from('weir.resource.1')

export function canonicalOrder(attributes: ReadonlyArray<CanonicalAttribute>): CanonicalAttribute[] {
  return [...attributes].sort(
    (a, b) =>
      compareBytes(a.key, b.key) || compareBytes(a.letter, b.letter) || compareBytes(a.value, b.value),
  )
}

/** `attributes` must be in canonical order. */
export function resourceFingerprint(
  schemaUrl: string,
  droppedAttributesCount: number,
  attributes: ReadonlyArray<CanonicalAttribute>,
): { low: number; high: number } {
  const hash = createHash('sha256')
  hash.update(VERSION)
  hash.update(field(schemaUrl))
  hash.update(u32(droppedAttributesCount))
  hash.update(u32(attributes.length))
  for (const { key, letter, value } of attributes) {
    hash.update(field(key))
    hash.update(Buffer.from(letter, 'latin1'))
    hash.update(field(value))
  }
  const digest = hash.digest()
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) }
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([u32(bytes.length), bytes])
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

/** Byte order of the UTF-8 forms: not JavaScript's, which orders by UTF-16 units. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}
