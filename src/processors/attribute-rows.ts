import type { Batch } from '../otlp/batch.ts'
import { ATTRIBUTE, ValueKind } from '../otlp/slots.ts'
import { valueToString } from '../otlp/text.ts'
import { equalRanges } from './ottl/byte-search.ts'

/** The row of the attribute with this key among `count` rows from `first` on: its first slot, or -1. */
export function findAttribute(batch: Batch, first: number, count: number, key: Uint8Array): number {
  const { bytes } = batch
  const { data } = batch.attributes
  const { length } = key
  const end = (first + count) * ATTRIBUTE.stride
  for (let base = first * ATTRIBUTE.stride; base < end; base += ATTRIBUTE.stride) {
    const start = data[base + ATTRIBUTE.keyStart]!
    const keyEnd = data[base + ATTRIBUTE.keyEnd]!
    if (keyEnd - start === length && equalRanges(bytes, start, keyEnd, key, 0, length)) return base
  }
  return -1
}

/** The text of a value as a range of bytes: of a string where it stands, of any other what is stored for it. */
export class ValueText {
  bytes: Uint8Array = NOTHING
  start = 0
  end = 0

  /** Points at the value of the attribute row at `base`. */
  read(batch: Batch, base: number): void {
    const { data } = batch.attributes
    const kind = data[base + ATTRIBUTE.kind]!
    const start = data[base + ATTRIBUTE.valueStart]!
    const end = data[base + ATTRIBUTE.valueEnd]!
    if (kind === ValueKind.string) {
      this.bytes = batch.bytes
      this.start = start
      this.end = end
      return
    }
    this.bytes = Buffer.from(valueToString(kind, batch.bytes, start, end))
    this.start = 0
    this.end = this.bytes.length
  }

  /** Lets go of the batch. */
  clear(): void {
    this.bytes = NOTHING
  }
}

const NOTHING = new Uint8Array(0)
