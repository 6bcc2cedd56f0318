import type { TextSink } from '../text-sink.ts'

const ZERO = 0x30
const MINUS = 0x2d
const BILLION = 1_000_000_000
const TWO_32 = 4_294_967_296
/** From this high word on a magnitude is above 2^53 and a double would round it. */
const UNSAFE_HIGH = 0x20_0000
const LONGEST = 20

/** Writes a signed 64-bit integer, given as two 32-bit words, as decimal digits. Every digit is exact. */
export function writeInt64(low: number, high: number, sink: TextSink): void {
  sink.reserve(LONGEST)
  let lo = low >>> 0
  let hi = high >>> 0
  if (hi >= 0x8000_0000) {
    sink.buffer[sink.length++] = MINUS
    lo = -lo >>> 0
    hi = (~hi + (lo === 0 ? 1 : 0)) >>> 0
  }
  if (hi < UNSAFE_HIGH) writeBillions(hi * TWO_32 + lo, sink)
  else writeLarge(lo, hi, sink)
}

/** Writes an integer from -(2^53 - 1) to 2^53 - 1. */
export function writeSafeInteger(value: number, sink: TextSink): void {
  sink.reserve(LONGEST)
  if (value < 0) sink.buffer[sink.length++] = MINUS
  writeBillions(Math.abs(value), sink)
}

/** A magnitude above 2^53: long division by 10^9 in steps whose products stay below 2^53. */
function writeLarge(lo: number, hi: number, sink: TextSink): void {
  const q2 = Math.floor(hi / BILLION)
  const t1 = (hi - q2 * BILLION) * 65536 + (lo >>> 16)
  const q1 = Math.floor(t1 / BILLION)
  const t0 = (t1 - q1 * BILLION) * 65536 + (lo & 0xffff)
  const q0 = Math.floor(t0 / BILLION)
  writeBillions(q2 * TWO_32 + q1 * 65536 + q0, sink)
  writeNine(t0 - q0 * BILLION, sink)
}

function writeBillions(value: number, sink: TextSink): void {
  if (value < BILLION) {
    writeDigits(value, sink)
    return
  }
  const billions = Math.floor(value / BILLION)
  if (billions < BILLION) writeDigits(billions, sink)
  else {
    const upper = Math.floor(billions / BILLION)
    writeDigits(upper, sink)
    writeNine(billions - upper * BILLION, sink)
  }
  writeNine(value - billions * BILLION, sink)
}

/** A number below 10^9 without leading zeros. */
function writeDigits(value: number, sink: TextSink): void {
  let digits = 1
  for (let power = 10; digits < 9 && power <= value; power *= 10) digits++
  writeFixed(value, digits, sink)
}

function writeNine(value: number, sink: TextSink): void {
  writeFixed(value, 9, sink)
}

function writeFixed(value: number, digits: number, sink: TextSink): void {
  const { buffer } = sink
  let rest = value | 0
  for (let at = sink.length + digits - 1; at >= sink.length; at--) {
    const quotient = (rest / 10) | 0
    buffer[at] = ZERO + rest - quotient * 10
    rest = quotient
  }
  sink.length += digits
}
