import type { FlatPoint } from '../materialise.ts'
import type { AnyValue, KeyValue } from '../proto.ts'
import { jsonOf } from '../value-json.ts'

/** The fingerprint of a series as docs/architecture.md has it, step by step over byte strings that are really there. */

const U32 = 1n << 32n
const U64 = 1n << 64n

function rotl(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (32n - bits))) % U32
}

/** MurmurHash3_x86_32. */
export function murmur3(bytes: Uint8Array, seed: number): bigint {
  const word = (at: number, length: number): bigint => {
    const value = bytes.subarray(at, at + length).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
    return (rotl((value * 0xcc9e2d51n) % U32, 15n) * 0x1b873593n) % U32
  }
  let h = BigInt(seed)
  const tail = bytes.length % 4
  for (let at = 0; at < bytes.length - tail; at += 4)
    h = (rotl(h ^ word(at, 4), 13n) * 5n + 0xe6546b64n) % U32
  if (tail > 0) h ^= word(bytes.length - tail, tail)
  h ^= BigInt(bytes.length)
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) % U32
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) % U32
  return h ^ (h >> 16n)
}

/** Two of them under two seeds, the first one low. */
export function hash64(bytes: Uint8Array): bigint {
  return (murmur3(bytes, 0x9747b28c) << 32n) | murmur3(bytes, 0)
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => void bytes.writeUInt32LE(value >>> 0, 4 * i))
  return bytes
}

const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])

/** `name | u32 length | u32 letter | value | u32 length`, name and value padded with zeros to four bytes. */
export function fieldBytes(name: string, letter: string, value: Uint8Array): Buffer {
  const key = Buffer.from(name)
  return Buffer.concat([padded(key), u32(key.length, letter.charCodeAt(0)), padded(value), u32(value.length)])
}

function valueBytes(value: AnyValue): readonly [letter: string, bytes: Uint8Array] {
  const eight = Buffer.alloc(8)
  if (value.stringValue !== undefined) return ['s', Buffer.from(value.stringValue)]
  if (value.boolValue !== undefined) return ['b', Buffer.from([value.boolValue ? 1 : 0])]
  if (value.bytesValue !== undefined) return ['B', value.bytesValue]
  if (value.arrayValue !== undefined) return ['a', Buffer.from(jsonOf(value))]
  if (value.kvlistValue !== undefined) return ['k', Buffer.from(jsonOf(value))]
  if (value.intValue !== undefined) eight.writeBigInt64LE(BigInt(value.intValue))
  else if (value.doubleValue !== undefined) eight.writeDoubleLE(value.doubleValue)
  else return ['-', Buffer.alloc(0)]
  return [value.intValue === undefined ? 'd' : 'i', eight]
}

function attributeBytes(attributes: ReadonlyArray<KeyValue>): Buffer[] {
  return attributes.map(({ key = '', value = {} }) => fieldBytes(key, ...valueBytes(value)))
}

const METRIC_TYPES = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const

/** The fields whose hashes are added: of the resource, the scope, the metric, the point. */
export function seriesFields({
  resource,
  resourceSchemaUrl,
  scope,
  scopeSchemaUrl,
  metric,
  point,
}: FlatPoint): Buffer[][] {
  const type = u32(METRIC_TYPES[metric.kind], metric.aggregationTemporality, metric.isMonotonic ? 1 : 0)
  return [
    [
      ...attributeBytes(resource.attributes),
      fieldBytes(resourceSchemaUrl, 'U', u32(resource.droppedAttributesCount)),
    ],
    [
      ...attributeBytes(scope.attributes),
      fieldBytes(scopeSchemaUrl, 'U', u32(scope.droppedAttributesCount)),
      fieldBytes(scope.name, 'N', Buffer.from(scope.version)),
    ],
    [fieldBytes(metric.name ?? '', 'M', Buffer.from(metric.unit ?? '')), fieldBytes('', 'T', type)],
    attributeBytes(point.attributes ?? []),
  ]
}

/** The four sums, as the bytes that are hashed at last. */
export function seriesSums(point: FlatPoint): Buffer {
  const bytes = Buffer.alloc(32)
  seriesFields(point).forEach((fields, i) => {
    const sum = fields.reduce((total, field) => (total + hash64(field)) % U64, 0n)
    bytes.writeBigUInt64LE(sum, 8 * i)
  })
  return bytes
}

/** In hex, as docs/architecture.md writes it. */
export function seriesFingerprint(point: FlatPoint): string {
  return fingerprintText(hash64(seriesSums(point)))
}

export function fingerprintText(fingerprint: bigint): string {
  return fingerprint.toString(16).padStart(16, '0')
}
