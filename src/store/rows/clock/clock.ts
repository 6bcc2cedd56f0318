import type { Batch } from '../../../otlp/batch.ts'
import { ATTRIBUTE, RECORD, ValueKind } from '../../../otlp/slots.ts'
import type { ResolvedResource } from '../../tables/rows.ts'
import { fromWords } from '../words.ts'

/** What the clock rules of every signal need. */
export type ClockOptions = {
  /** How far ahead of the gateway's clock a record may be. */
  readonly futureToleranceMs: number
  /** Number of the outcome `rejected(too_old)`. */
  readonly tooOld: number
}

export type ClockResult = {
  /** Records with a stamp that was replaced by the receive time. */
  readonly corrected: number
  /** A record had no time at all: two equal requests may both be meant. */
  readonly timeless: boolean
}

/** Settles the time slots of every kept record. `resources` by the batch's resource index. */
export type Clock = {
  settle(batch: Batch, resources: ReadonlyArray<ResolvedResource>, receivedMs: number): ClockResult
}

/** The attribute that keeps a record's own stamp where the clock rules replaced it. */
export const ORIGINAL_TIME = 'weir.original_time_unix_nano'

/** Moves the record's attributes to the end of the table and adds one. Rare: only for clocks that run ahead. */
export function keepOriginal(batch: Batch, base: number, key: string, low: number, high: number): void {
  const { attributes, records } = batch
  const first = records.data[base + RECORD.attributesFirst]!
  const count = records.data[base + RECORD.attributesCount]!
  const moved = attributes.count
  for (let i = 0; i < count; i++) {
    const target = attributes.add()
    const source = (first + i) * ATTRIBUTE.stride
    attributes.data.copyWithin(target, source, source + ATTRIBUTE.stride)
  }
  const added = attributes.add()
  const keyStart = batch.appendBytes(Buffer.from(key))
  const valueStart = batch.appendBytes(Buffer.from(fromWords(low, high).toString()))
  attributes.data[added + ATTRIBUTE.keyStart] = keyStart
  attributes.data[added + ATTRIBUTE.keyEnd] = valueStart
  attributes.data[added + ATTRIBUTE.kind] = ValueKind.string
  attributes.data[added + ATTRIBUTE.valueStart] = valueStart
  attributes.data[added + ATTRIBUTE.valueEnd] = batch.byteLength
  records.data[base + RECORD.attributesFirst] = moved
  records.data[base + RECORD.attributesCount] = count + 1
}
