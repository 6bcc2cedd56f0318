import { hash } from 'node:crypto'

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
  // Three bytes hold any UTF-16 unit in UTF-8.
  let lengthMax = VERSION.length + 12 + 3 * schemaUrl.length
  for (const { key, value } of attributes) lengthMax += 9 + 3 * (key.length + value.length)
  if (canonical.length < lengthMax) canonical = Buffer.allocUnsafe(lengthMax)
  let at = VERSION.copy(canonical)
  at = putField(at, schemaUrl)
  at = canonical.writeUInt32LE(droppedAttributesCount >>> 0, at)
  at = canonical.writeUInt32LE(attributes.length, at)
  for (const { key, letter, value } of attributes) {
    at = putField(at, key)
    canonical[at++] = letter.charCodeAt(0)
    at = putField(at, value)
  }
  const digest = hash('sha256', canonical.subarray(0, at), 'buffer')
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) }
}

let canonical = Buffer.allocUnsafe(4096)

function putField(at: number, text: string): number {
  const length = canonical.write(text, at + 4, 'utf8')
  canonical.writeUInt32LE(length, at)
  return at + 4 + length
}

const FIRST_SURROGATE = 0xd800

/**
 * Byte order of the UTF-8 forms. JavaScript's own order, by UTF-16 units, is the same up to the first surrogate: only a
 * difference at or above it asks the bytes.
 */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA === unitB) continue
    if (unitA < FIRST_SURROGATE && unitB < FIRST_SURROGATE) return unitA - unitB
    return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
  }
  return a.length - b.length
}
