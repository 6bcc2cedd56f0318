const words = new Uint32Array(2)
const double = new Float64Array(words.buffer)

/** The double whose eight bytes these two words are, the low one first. */
export function doubleOf(low: number, high: number): number {
  words[0] = low
  words[1] = high
  return double[0]!
}
