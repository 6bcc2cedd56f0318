import { type Fragment, sql } from '../../sql/fragment.ts'

/** Doubles travel as the hex of their bytes: exact, and read without a number in text being parsed for each. */

const BYTES = 8
/** Prometheus' own mark of staleness, a NaN that no arithmetic makes. Also of what is absent. */
const MARK_HIGH = 0x7ff00000
const MARK_LOW = 2

/** The mark, as a Float64 of ClickHouse. */
export const MARK: Fragment = sql`reinterpretAsFloat64(toUInt64(9218868437227405314))`

/** Of an array of doubles. */
export function hexOf(doubles: Fragment): Fragment {
  return sql`arrayStringConcat(arrayMap(double -> hex(double), ${doubles}))`
}

export function doublesOf(hex: string): Float64Array {
  const bytes = new Uint8Array(hex.length / 2)
  // Of its own memory, which begins where doubles may.
  Buffer.from(bytes.buffer).write(hex, 'hex')
  return new Float64Array(bytes.buffer, 0, bytes.length / BYTES)
}

/** That many marks. */
export function marks(length: number): Float64Array {
  const words = new Uint32Array(2 * length)
  for (let i = 0; i < length; i++) {
    words[2 * i] = MARK_LOW
    words[2 * i + 1] = MARK_HIGH
  }
  return new Float64Array(words.buffer)
}

/** Which of the doubles are marks: 1 for those; undefined where none is. */
export function marksOf(doubles: Float64Array): Uint8Array | undefined {
  const words = new Uint32Array(doubles.buffer, doubles.byteOffset, doubles.length * 2)
  let marks: Uint8Array | undefined
  for (let i = 0; i < doubles.length; i++) {
    if (words[2 * i + 1] !== MARK_HIGH || words[2 * i] !== MARK_LOW) continue
    marks ??= new Uint8Array(doubles.length)
    marks[i] = 1
  }
  return marks
}
