import { POINT } from '../../../otlp/slots.ts'
import { doubleOf, putDouble } from '../../../otlp/words.ts'
import type { Point } from '../point.ts'

/**
 * The least and the greatest measurement of delta histograms; none once a point does not say it. Cumulative ones have none: what a member
 * saw before it was folded is part of its own.
 */
export class Extremes {
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #isKnown = false
  #isMissing = false

  clear(): void {
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
    this.#isKnown = false
    this.#isMissing = false
  }

  add({ base, data }: Point): void {
    if (data[base + POINT.minPresent] === 0 || data[base + POINT.maxPresent] === 0) {
      this.#isMissing = true
      return
    }
    this.#isKnown = true
    this.#min = Math.min(this.#min, doubleOf(data[base + POINT.minLow]!, data[base + POINT.minHigh]!))
    this.#max = Math.max(this.#max, doubleOf(data[base + POINT.maxLow]!, data[base + POINT.maxHigh]!))
  }

  write(data: Uint32Array, base: number): void {
    const present = this.#isKnown && !this.#isMissing ? 1 : 0
    data[base + POINT.minPresent] = present
    data[base + POINT.maxPresent] = present
    putDouble(data, base + POINT.minLow, present === 1 ? this.#min : 0)
    putDouble(data, base + POINT.maxLow, present === 1 ? this.#max : 0)
  }
}
