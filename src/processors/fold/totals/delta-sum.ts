import type { Batch } from '../../../otlp/batch.ts'
import { POINT, ValueKind } from '../../../otlp/slots.ts'
import { doubleOf, putDouble, signedOf } from '../../../otlp/words.ts'
import type { Point } from '../point.ts'
import { Taken, type Totals } from './totals.ts'

const WORD = 2 ** 32
const INT64_MAX_AS_DOUBLE = 2 ** 63

/** The total of delta sums: what the points of one batch add up to. Integers are added exactly while they fit. */
export class DeltaSumTotals implements Totals {
  readonly hasMembers = false
  readonly showsLastValues = false
  readonly hasNumbers = false
  readonly canMove = false
  #isDouble = false
  #low = 0
  #high = 0
  #double = 0

  begin(): void {
    this.#isDouble = false
    this.#low = 0
    this.#high = 0
    this.#double = 0
  }

  add(point: Point): Taken {
    if (point.isStale) return Taken.counted
    const { base, data } = point
    const low = data[base + POINT.valueLow]!
    const high = data[base + POINT.valueHigh]!
    if (data[base + POINT.valueKind] === ValueKind.double) {
      this.#toDouble()
      this.#double += doubleOf(low, high)
    } else if (this.#isDouble) this.#double += signedOf(low, high)
    else this.#addInteger(low, high | 0)
    return Taken.counted
  }

  forget(): void {}

  adopt(): void {}

  write({ records: { data } }: Batch, base: number): void {
    data[base + POINT.valueKind] = this.#isDouble ? ValueKind.double : ValueKind.int
    if (this.#isDouble) putDouble(data, base + POINT.valueLow, this.#double)
    else {
      data[base + POINT.valueLow] = this.#low
      data[base + POINT.valueHigh] = this.#high
    }
  }

  /** Nothing outlives a batch. */
  save(): unknown {
    return null
  }

  restore(): void {}

  #addInteger(low: number, high: number): void {
    const sum = signedOf(this.#low, this.#high) + signedOf(low, high)
    if (Math.abs(sum) >= INT64_MAX_AS_DOUBLE) {
      this.#isDouble = true
      this.#double = sum
      return
    }
    const sumLow = (this.#low >>> 0) + low
    this.#high = (this.#high + high + (sumLow >= WORD ? 1 : 0)) | 0
    this.#low = sumLow | 0
  }

  #toDouble(): void {
    if (this.#isDouble) return
    this.#isDouble = true
    this.#double = signedOf(this.#low, this.#high)
  }
}
