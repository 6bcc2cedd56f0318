import type { Batch } from '../otlp/batch.ts'
import { ATTRIBUTE, RESOURCE, ValueKind } from '../otlp/slots.ts'

/** What a resource says about one attribute. `text` is set for a string or an int. */
export type AttributeClaim = { readonly times: number; readonly text: string | undefined }

const ABSENT: AttributeClaim = { times: 0, text: undefined }

function isKey(batch: Batch, slot: number, key: Buffer): boolean {
  const { data } = batch.attributes
  const start = data[slot + ATTRIBUTE.keyStart]!
  const end = data[slot + ATTRIBUTE.keyEnd]!
  return end - start === key.length && batch.bytes.compare(key, 0, key.length, start, end) === 0
}

/** Reads the attribute `key` of a resource; the last value if it stands there more than once. */
export function resourceClaim(batch: Batch, resource: number, key: Buffer): AttributeClaim {
  const { data, stride } = batch.attributes
  const base = resource * batch.resources.stride
  const first = batch.resources.data[base + RESOURCE.attributesFirst]!
  const end = first + batch.resources.data[base + RESOURCE.attributesCount]!
  let claim = ABSENT
  for (let i = first; i < end; i++)
    if (isKey(batch, i * stride, key)) {
      const kind = data[i * stride + ATTRIBUTE.kind]!
      const start = data[i * stride + ATTRIBUTE.valueStart]!
      const valueEnd = data[i * stride + ATTRIBUTE.valueEnd]!
      claim = { times: claim.times + 1, text: valueText(batch.bytes, kind, start, valueEnd) }
    }
  return claim
}

function valueText(bytes: Buffer, kind: number, start: number, end: number): string | undefined {
  if (kind === ValueKind.string) return bytes.toString('utf8', start, end)
  return kind === ValueKind.int ? varintText(bytes, start, end) : undefined
}

/** An int64 varint in decimal. Once per resource, so a BigInt may be made. */
function varintText(bytes: Buffer, start: number, end: number): string {
  let value = 0n
  for (let i = start, shift = 0n; i < end; i++, shift += 7n) value |= BigInt(bytes[i]! & 0x7f) << shift
  return BigInt.asIntN(64, value).toString()
}

/**
 * Removes every attribute `key` of a resource: the others are copied to new rows that the resource then points
 * at, since resources may share rows. Returns how many were removed.
 */
export function stripResourceAttribute(batch: Batch, resource: number, key: Buffer): number {
  const claimed = resourceClaim(batch, resource, key).times
  if (claimed === 0) return 0
  const { attributes, resources } = batch
  const base = resource * resources.stride
  const first = resources.data[base + RESOURCE.attributesFirst]!
  const count = resources.data[base + RESOURCE.attributesCount]!
  const kept = attributes.count
  for (let i = first; i < first + count; i++) {
    const from = i * attributes.stride
    if (isKey(batch, from, key)) continue
    const to = attributes.add()
    attributes.data.copyWithin(to, from, from + attributes.stride)
  }
  resources.data[base + RESOURCE.attributesFirst] = kept
  resources.data[base + RESOURCE.attributesCount] = count - claimed
  return claimed
}
