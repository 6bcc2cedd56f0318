import type { Batch } from '../../../otlp/batch.ts'
import { POINT, ValueKind } from '../../../otlp/slots.ts'
import { doubleOf, isAbove, putDouble, signedOf, wholeOf } from '../../../otlp/words.ts'
import { MEMBER, MEMBER_FLAG, type Members } from '../members.ts'
import type { Point } from '../point.ts'
import { type Since, Taken, type Totals } from './totals.ts'

/** The words of a member: its last value, then start and highest value of the life before this one. */
const VALUE = MEMBER.own
const PRIOR_START = MEMBER.own + 2
const PRIOR_VALUE = MEMBER.own + 4
const [IS_DOUBLE, PRIOR_IS_DOUBLE, HAS_PRIOR] = MEMBER_FLAG
const WORD = 2 ** 32

/**
 * The total of cumulative monotonic sums: what all members have counted since the fold began, so it never goes back, whoever
 * vanishes. A member counts again from nothing (a reset) when its start time is later than the one known, or its value lower at a
 * later time. Points may come in any order: the two latest lives of a member are known by their start times, and of each the
 * highest value, so a late point adds what is not counted yet; one of an older life is not counted.
 *
 * Integers are added exactly; with a first double the total becomes one.
 */
export class CounterTotals implements Totals {
  readonly hasMembers = true
  readonly showsLastValues = false
  readonly hasNumbers = false
  readonly canMove = true
  readonly #members: Members
  #isDouble = false
  /** The total, while it is an integer. */
  #low = 0
  #high = 0
  #double = 0

  constructor(members: Members) {
    this.#members = members
  }

  begin(): void {}

  add(point: Point, member: number, isNew: boolean, since: Since): Taken {
    if (point.isStale) return isNew ? Taken.ended : Taken.counted
    const { words } = this.#members
    const base = member * MEMBER.stride
    if (isNew) return this.#beginLife(point, base, since)
    const { startLow, startHigh } = point
    const knownLow = words[base + MEMBER.startLow]!
    const knownHigh = words[base + MEMBER.startHigh]!
    if (startLow === knownLow && startHigh === knownHigh) this.#continue(point, base)
    else if (isAbove(startLow, startHigh, knownLow, knownHigh)) {
      words[base + PRIOR_START] = knownLow
      words[base + PRIOR_START + 1] = knownHigh
      words[base + PRIOR_VALUE] = words[base + VALUE]!
      words[base + PRIOR_VALUE + 1] = words[base + VALUE + 1]!
      const meta = words[base + MEMBER.meta]! & ~PRIOR_IS_DOUBLE
      words[base + MEMBER.meta] = meta | HAS_PRIOR | ((meta & IS_DOUBLE) === 0 ? 0 : PRIOR_IS_DOUBLE)
      return this.#beginLife(point, base, since)
    } else return this.#addToPrior(point, base, since)
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

  save(): unknown {
    return [this.#isDouble, this.#low, this.#high, this.#double]
  }

  restore(saved: unknown): void {
    ;[this.#isDouble, this.#low, this.#high, this.#double] = saved as [boolean, number, number, number]
  }

  /** The first point of a start time that is the latest of this member. */
  #beginLife(point: Point, base: number, since: Since): Taken {
    const { words } = this.#members
    words[base + MEMBER.startLow] = point.startLow
    words[base + MEMBER.startHigh] = point.startHigh
    this.#setValue(point, base)
    if (!isAbove(point.startLow, point.startHigh, since.low, since.high)) return Taken.baseline
    this.#addDifference(point, 0, 0, false)
    return Taken.counted
  }

  /** Another point of the same start time. */
  #continue(point: Point, base: number): void {
    const { words } = this.#members
    const timeLow = words[base + MEMBER.timeLow]!
    const timeHigh = words[base + MEMBER.timeHigh]!
    if (!isAbove(point.timeLow, point.timeHigh, timeLow, timeHigh)) return
    const isDouble = (words[base + MEMBER.meta]! & IS_DOUBLE) !== 0
    if (!this.#addDifference(point, words[base + VALUE]!, words[base + VALUE + 1]!, isDouble))
      this.#addDifference(point, 0, 0, false)
    this.#setValue(point, base)
  }

  /** A late point, from a life before the one that is known as the last. */
  #addToPrior(point: Point, base: number, since: Since): Taken {
    const { words } = this.#members
    const { startLow, startHigh } = point
    const hasPrior = (words[base + MEMBER.meta]! & HAS_PRIOR) !== 0
    const priorLow = words[base + PRIOR_START]!
    const priorHigh = words[base + PRIOR_START + 1]!
    if (hasPrior && startLow === priorLow && startHigh === priorHigh) {
      const isDouble = (words[base + MEMBER.meta]! & PRIOR_IS_DOUBLE) !== 0
      if (this.#addDifference(point, words[base + PRIOR_VALUE]!, words[base + PRIOR_VALUE + 1]!, isDouble))
        this.#setPrior(point, base)
      return Taken.counted
    }
    // Only of a life later than both known ones' older is it sure that it was never counted.
    if (hasPrior && !isAbove(startLow, startHigh, priorLow, priorHigh)) return Taken.counted
    this.#setPrior(point, base)
    if (!isAbove(startLow, startHigh, since.low, since.high)) return Taken.baseline
    this.#addDifference(point, 0, 0, false)
    return Taken.counted
  }

  #setValue({ data, base: from, timeHigh, timeLow }: Point, base: number): void {
    const { words } = this.#members
    words[base + MEMBER.timeLow] = timeLow
    words[base + MEMBER.timeHigh] = timeHigh
    words[base + VALUE] = data[from + POINT.valueLow]!
    words[base + VALUE + 1] = data[from + POINT.valueHigh]!
    const meta = words[base + MEMBER.meta]! & ~IS_DOUBLE
    words[base + MEMBER.meta] = meta | (data[from + POINT.valueKind] === ValueKind.double ? IS_DOUBLE : 0)
  }

  #setPrior({ data, base: from, startHigh, startLow }: Point, base: number): void {
    const { words } = this.#members
    words[base + PRIOR_START] = startLow
    words[base + PRIOR_START + 1] = startHigh
    words[base + PRIOR_VALUE] = data[from + POINT.valueLow]!
    words[base + PRIOR_VALUE + 1] = data[from + POINT.valueHigh]!
    const meta = words[base + MEMBER.meta]! & ~PRIOR_IS_DOUBLE
    const isDouble = data[from + POINT.valueKind] === ValueKind.double
    words[base + MEMBER.meta] = meta | HAS_PRIOR | (isDouble ? PRIOR_IS_DOUBLE : 0)
  }

  /** Adds how far the point is above a value. False, and nothing is added, if it is below it. */
  #addDifference({ data, base }: Point, low: number, high: number, isDouble: boolean): boolean {
    const ownLow = data[base + POINT.valueLow]!
    const ownHigh = data[base + POINT.valueHigh]!
    if (isDouble || data[base + POINT.valueKind] === ValueKind.double) {
      const own =
        data[base + POINT.valueKind] === ValueKind.double
          ? doubleOf(ownLow, ownHigh)
          : signedOf(ownLow, ownHigh)
      const known = isDouble ? doubleOf(low, high) : signedOf(low, high)
      this.#toDouble()
      if (own < known) return false
      // NaN says nothing, and infinity would stay for ever.
      if (own - known < Number.POSITIVE_INFINITY) this.#double += own - known
      return true
    }
    const differenceLow = ownLow - (low >>> 0)
    const differenceHigh = (ownHigh | 0) - (high | 0) - (differenceLow < 0 ? 1 : 0)
    if (differenceHigh < 0) return false
    if (this.#isDouble) this.#double += differenceHigh * WORD + (differenceLow >>> 0)
    else this.#addInteger(differenceLow >>> 0, differenceHigh)
    return true
  }

  #addInteger(low: number, high: number): void {
    const sumLow = (this.#low >>> 0) + low
    const sumHigh = this.#high + high + (sumLow >= WORD ? 1 : 0)
    if (sumHigh > 0x7fffffff) {
      // More than an int64 holds.
      this.#toDouble()
      this.#double += high * WORD + low
      return
    }
    this.#low = sumLow | 0
    this.#high = sumHigh
  }

  #toDouble(): void {
    if (this.#isDouble) return
    this.#isDouble = true
    this.#double = wholeOf(this.#low, this.#high)
  }
}
