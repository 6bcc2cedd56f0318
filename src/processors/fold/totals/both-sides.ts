import { Buckets } from './buckets.ts'

/** Of what has no zero threshold. */
export const NO_ZERO_INDEX = Number.NEGATIVE_INFINITY

/** What an exponential histogram counts: both sides and the zero bucket. */
export class BothSides {
  readonly positive = new Buckets()
  readonly negative = new Buckets()
  zero = 0

  clear(): void {
    this.positive.clear()
    this.negative.clear()
    this.zero = 0
  }

  copyFrom(other: BothSides): void {
    this.positive.copyFrom(other.positive)
    this.negative.copyFrom(other.negative)
    this.zero = other.zero
  }

  add(other: BothSides): void {
    this.positive.add(other.positive)
    this.negative.add(other.negative)
    this.zero += other.zero
  }

  lower(steps: number): void {
    this.positive.lower(steps)
    this.negative.lower(steps)
  }

  /** Moves the buckets below an index into the zero bucket. */
  cutBelow(index: number): void {
    this.zero += this.positive.cutBelow(index) + this.negative.cutBelow(index)
  }

  get hasNegative(): boolean {
    return this.zero < 0 || this.positive.hasNegative || this.negative.hasNegative
  }
}
