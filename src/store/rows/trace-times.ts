import { hashBytes } from '../../otlp/hash/bytes.ts'
import { SPAN } from '../../otlp/slots.ts'
import type { SignalRows, TraceRows } from '../tables/rows.ts'
import type { Partition } from './partitions.ts'
import { isBelow } from './words.ts'

const ID_BYTES = 16

/**
 * Finds the traces among the spans of a request, and from when to when each was. Typed arrays that are used again; an
 * open-addressing table by the id's bytes.
 */
export class TraceTimes {
  #record = new Uint32Array(256)
  #start = new Uint32Array(512)
  #end = new Uint32Array(512)
  /** Number of a trace plus one by hash of its id; 0 is free. */
  #slots = new Uint32Array(1024)
  #count = 0

  /** The traces of these rows; spans without a trace id have none. Valid until the next call. */
  collect(rows: SignalRows, { day, retentionDays }: Partition): TraceRows {
    const { batch, index, count } = rows
    const { data } = batch.records
    this.#begin(count)
    let last = -1
    for (let i = 0; i < count; i++) {
      const record = index[i]!
      const base = record * SPAN.stride
      if (data[base + SPAN.traceIdLength] !== ID_BYTES) continue
      // Spans of a trace mostly stand together.
      if (last < 0 || !sameTrace(batch.bytes, data, base, this.#record[last]! * SPAN.stride))
        last = this.#find(batch.bytes, data, record)
      this.#widen(last, data, base)
    }
    return {
      batch,
      day,
      retentionDays,
      record: this.#record,
      start: this.#start,
      end: this.#end,
      count: this.#count,
    }
  }

  #begin(spans: number): void {
    this.#count = 0
    if (this.#record.length < spans) {
      this.#record = new Uint32Array(spans)
      this.#start = new Uint32Array(2 * spans)
      this.#end = new Uint32Array(2 * spans)
    }
    let slots = 1024
    while (slots < 2 * spans) slots *= 2
    if (this.#slots.length < slots || this.#slots.length > 64 * slots) this.#slots = new Uint32Array(slots)
    else this.#slots.fill(0)
  }

  #find(bytes: Buffer, data: Uint32Array, record: number): number {
    const base = record * SPAN.stride
    const mask = this.#slots.length - 1
    const start = data[base + SPAN.traceIdStart]!
    let slot = hashBytes(bytes, start, start + ID_BYTES) & mask
    for (let trace = this.#slots[slot]!; trace !== 0; trace = this.#slots[slot]!) {
      if (sameTrace(bytes, data, base, this.#record[trace - 1]! * SPAN.stride)) return trace - 1
      slot = (slot + 1) & mask
    }
    const trace = this.#count++
    this.#slots[slot] = trace + 1
    this.#record[trace] = record
    this.#start[2 * trace] = this.#start[2 * trace + 1] = 0xffffffff
    this.#end[2 * trace] = this.#end[2 * trace + 1] = 0
    return trace
  }

  #widen(trace: number, data: Uint32Array, base: number): void {
    const at = 2 * trace
    const low = data[base + SPAN.timeLow]!
    const high = data[base + SPAN.timeHigh]!
    if (isBelow(low, high, this.#start[at]!, this.#start[at + 1]!)) {
      this.#start[at] = low
      this.#start[at + 1] = high
    }
    const endLow = low + data[base + SPAN.durationLow]!
    const carry = endLow > 0xffffffff ? 1 : 0
    const endHigh = (high + data[base + SPAN.durationHigh]! + carry) >>> 0
    if (isBelow(this.#end[at]!, this.#end[at + 1]!, endLow >>> 0, endHigh)) {
      this.#end[at] = endLow
      this.#end[at + 1] = endHigh
    }
  }
}

function sameTrace(bytes: Buffer, data: Uint32Array, a: number, b: number): boolean {
  const first = data[a + SPAN.traceIdStart]!
  const second = data[b + SPAN.traceIdStart]!
  for (let i = ID_BYTES - 1; i >= 0; i--) if (bytes[first + i] !== bytes[second + i]) return false
  return true
}
