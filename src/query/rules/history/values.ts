/** A double from the text of its eight bytes as a number: no digit is lost, and NaN is one. */
export function doubleOfBits(bits: string): number {
  scratch.setBigUint64(0, BigInt(bits))
  return scratch.getFloat64(0)
}

const scratch = new DataView(new ArrayBuffer(8))
