const words = new Uint32Array(2)
const double = new Float64Array(words.buffer)

const WORD = 2 ** 32

/** The double whose eight bytes these two words are, the low one first. */
export function doubleOf(low: number, high: number): number {
  words[0] = low
  words[1] = high
  return double[0]!
}

/** Writes a double as two words, the low one first. */
export function putDouble(into: Uint32Array | Int32Array, at: number, value: number): void {
  double[0] = value
  into[at] = words[0]!
  into[at + 1] = words[1]!
}

/** The unsigned 64-bit number of two words, rounded to a double above 2^53. */
export function wholeOf(low: number, high: number): number {
  return (high >>> 0) * WORD + (low >>> 0)
}

/** The same of a signed one. */
export function signedOf(low: number, high: number): number {
  return (high | 0) * WORD + (low >>> 0)
}

/** Writes a whole number as a 64-bit integer: exact up to 2^53 in either direction. */
export function putWhole(into: Uint32Array | Int32Array, at: number, value: number): void {
  const high = Math.floor(value / WORD)
  into[at] = value - high * WORD
  into[at + 1] = high
}

/** Whether the first unsigned 64-bit number is above the second. Words are int32, so that calls box nothing. */
export function isAbove(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  return aHigh === bHigh ? aLow >>> 0 > bLow >>> 0 : aHigh >>> 0 > bHigh >>> 0
}
