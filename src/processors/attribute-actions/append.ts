import type { Batch } from '../../otlp/batch.ts'
import { ValueKind } from '../../otlp/slots.ts'
import type { Value } from './overlay.ts'

const VARINT_BYTES_MAX = 10
const scratch = Buffer.alloc(VARINT_BYTES_MAX)
/** The scratch's beginnings by length, so that appending makes no view. */
const beginnings = Array.from({ length: VARINT_BYTES_MAX + 1 }, (_, length) => scratch.subarray(0, length))

const WORD = 2 ** 32

/** Appends a 64-bit integer as the varint that attributes hold. */
export function appendInt(batch: Batch, lowWord: number, highWord: number, into: Value): void {
  const length = writeVarint(scratch, lowWord, highWord)
  into.kind = ValueKind.int
  into.start = batch.appendBytes(beginnings[length]!)
  into.end = into.start + length
}

/** The same of a whole number of at most 2^53, or of 2^63 where it has no digits below. */
export function appendWhole(batch: Batch, number: number, into: Value): void {
  const high = Math.floor(number / WORD)
  appendInt(batch, number - high * WORD, high, into)
}

export function appendDouble(batch: Batch, number: number, into: Value): void {
  scratch.writeDoubleLE(number)
  into.kind = ValueKind.double
  into.start = batch.appendBytes(beginnings[8]!)
  into.end = into.start + 8
}

export function appendText(batch: Batch, text: Uint8Array, into: Value): void {
  into.kind = ValueKind.string
  into.start = batch.appendBytes(text)
  into.end = into.start + text.length
}

/** Writes two words as a varint; returns its length. */
export function writeVarint(into: Uint8Array, lowWord: number, highWord: number): number {
  let low = lowWord >>> 0
  let high = highWord >>> 0
  let length = 0
  while (high !== 0 || low > 0x7f) {
    into[length++] = (low & 0x7f) | 0x80
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  into[length++] = low
  return length
}
