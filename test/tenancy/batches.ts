import { Batch } from '../../src/otlp/batch.ts'
import { ATTRIBUTE, LOG, RECORD, RESOURCE, ValueKind } from '../../src/otlp/slots.ts'

/** A value as a sender would set it; a bigint is an OTLP int. */
export type Value = string | bigint | boolean
export type ResourceSpec = {
  readonly attributes: ReadonlyArray<readonly [string, Value]>
  readonly records?: number
}

/** A scanned log batch, written slot by slot: independent of the scanner. */
export function batchOf(resources: ReadonlyArray<ResourceSpec>): Batch {
  const batch = new Batch('logs', LOG.stride)
  batch.begin(Buffer.alloc(0))
  resources.forEach(({ attributes, records = 1 }, index) => {
    const first = batch.attributes.count
    for (const [key, value] of attributes) addAttribute(batch, key, value)
    const base = batch.resources.add()
    batch.resources.data[base + RESOURCE.attributesFirst] = first
    batch.resources.data[base + RESOURCE.attributesCount] = attributes.length
    for (let i = 0; i < records; i++) {
      const record = batch.records.add()
      batch.records.data[record + RECORD.resource] = index
    }
  })
  batch.openVerdicts()
  return batch
}

function addAttribute(batch: Batch, key: string, value: Value): void {
  const keyStart = batch.appendBytes(Buffer.from(key))
  const keyEnd = batch.byteLength
  const bytes = typeof value === 'bigint' ? varint(value) : Buffer.from(String(value))
  const start = typeof value === 'boolean' ? Number(value) : batch.appendBytes(bytes)
  const slot = batch.attributes.add()
  const kind = { string: ValueKind.string, bigint: ValueKind.int, boolean: ValueKind.bool }[
    typeof value as 'string'
  ]
  batch.attributes.data.set(
    [keyStart, keyEnd, kind, start, typeof value === 'boolean' ? 0 : batch.byteLength],
    slot,
  )
  if (ATTRIBUTE.stride !== 5) throw new Error('the slots of an attribute have changed')
}

/** As the protobuf encoding document describes it. */
function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Buffer.from(bytes)
}

/** The attributes of a resource as its records will carry them. */
export function attributesOf(batch: Batch, resource: number): Array<[string, string]> {
  const base = resource * batch.resources.stride
  const first = batch.resources.data[base + RESOURCE.attributesFirst]!
  const count = batch.resources.data[base + RESOURCE.attributesCount]!
  return Array.from({ length: count }, (_, i) => {
    const slots = batch.attributes.data.subarray((first + i) * ATTRIBUTE.stride)
    const text = (start: number, end: number): string =>
      batch.bytes.toString('utf8', slots[start], slots[end])
    return [text(ATTRIBUTE.keyStart, ATTRIBUTE.keyEnd), text(ATTRIBUTE.valueStart, ATTRIBUTE.valueEnd)]
  })
}
