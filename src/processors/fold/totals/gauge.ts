import type { Batch } from '../../../otlp/batch.ts'
import { NO_RECORDED_VALUE, POINT, ValueKind } from '../../../otlp/slots.ts'
import { doubleOf, isAbove, putDouble, putWhole, signedOf } from '../../../otlp/words.ts'
import { MEMBER, MEMBER_FLAG, type Members, NO_MEMBER } from '../members.ts'
import type { Point } from '../point.ts'
import { type Since, Taken, type Totals } from './totals.ts'

/** How gauges of several members become one. */
export const GAUGE_FUNCTIONS = ['sum', 'avg', 'min', 'max', 'last'] as const
export type GaugeFunction = (typeof GAUGE_FUNCTIONS)[number]

/** The words of a member: its last value as a double, then its neighbours in the list of the fold. */
const VALUE = MEMBER.own
const NEXT = MEMBER.own + 2
const PREVIOUS = MEMBER.own + 3
const [IS_DOUBLE] = MEMBER_FLAG
/** A running sum is made anew from the members after so many changes per member: rounding must not pile up. */
const CHANGES_PER_MEMBER = 4
const CHANGES_MIN = 1024

/**
 * The total of what goes up and down: gauges by a stated function, cumulative sums that are not monotonic by `sum`. Of each
 * member its last value counts, until it ends or is idle for too long.
 */
export class GaugeTotals implements Totals {
  readonly hasMembers = true
  readonly showsLastValues = true
  readonly hasNumbers = false
  readonly canMove = false
  readonly #members: Members
  readonly #function: GaugeFunction
  /** The first of the list of members. */
  #head = NO_MEMBER
  #count = 0
  #doubles = 0
  #sum = 0
  #extreme = 0
  #lastValue = 0
  #lastIsDouble = false
  #lastLow = 0
  #lastHigh = 0
  /** The running figures may be wrong: make them anew before they are used. */
  #isDirty = false
  #changes = 0

  constructor(members: Members, gauge: GaugeFunction) {
    this.#members = members
    this.#function = gauge
  }

  begin(): void {}

  add(point: Point, member: number, isNew: boolean, _since: Since): Taken {
    if (point.isStale) return Taken.ended
    const { words } = this.#members
    const base = member * MEMBER.stride
    const timeLow = words[base + MEMBER.timeLow]!
    const timeHigh = words[base + MEMBER.timeHigh]!
    if (!isNew && !isAbove(point.timeLow, point.timeHigh, timeLow, timeHigh)) return Taken.counted
    const isDouble = point.data[point.base + POINT.valueKind] === ValueKind.double
    const value = numberOf(point, isDouble)
    if (isNew) this.#link(member, value)
    else this.#replace(base, value)
    words[base + MEMBER.timeLow] = point.timeLow
    words[base + MEMBER.timeHigh] = point.timeHigh
    putDouble(words, base + VALUE, value)
    const meta = words[base + MEMBER.meta]!
    if (isDouble !== ((meta & IS_DOUBLE) !== 0)) this.#doubles += isDouble ? 1 : -1
    words[base + MEMBER.meta] = isDouble ? meta | IS_DOUBLE : meta & ~IS_DOUBLE
    if (!isAbove(this.#lastLow, this.#lastHigh, point.timeLow, point.timeHigh)) {
      this.#lastLow = point.timeLow
      this.#lastHigh = point.timeHigh
      this.#lastValue = value
      this.#lastIsDouble = isDouble
    }
    return Taken.counted
  }

  forget(member: number): void {
    const { words } = this.#members
    const base = member * MEMBER.stride
    const next = words[base + NEXT]!
    const previous = words[base + PREVIOUS]!
    if (previous === NO_MEMBER) this.#head = next
    else words[previous * MEMBER.stride + NEXT] = next
    if (next !== NO_MEMBER) words[next * MEMBER.stride + PREVIOUS] = previous
    const value = doubleOf(words[base + VALUE]!, words[base + VALUE + 1]!)
    this.#count--
    if ((words[base + MEMBER.meta]! & IS_DOUBLE) !== 0) this.#doubles--
    this.#sum -= value
    if (value === this.#extreme) this.#isDirty = true
  }

  /** Without a member left, the point says that there is no value. */
  write({ records: { data } }: Batch, base: number): void {
    if (this.#count === 0) {
      data[base + POINT.valueKind] = ValueKind.empty
      data[base + POINT.flags] = data[base + POINT.flags]! | NO_RECORDED_VALUE
      return
    }
    const value = this.#value()
    const isInteger =
      Number.isSafeInteger(value) &&
      (this.#function === 'last' ? !this.#lastIsDouble : this.#doubles === 0 && this.#function !== 'avg')
    data[base + POINT.valueKind] = isInteger ? ValueKind.int : ValueKind.double
    if (isInteger) putWhole(data, base + POINT.valueLow, value)
    else putDouble(data, base + POINT.valueLow, value)
  }

  save(): unknown {
    const last = [this.#lastValue, this.#lastIsDouble, this.#lastLow, this.#lastHigh]
    return this.#function === 'last' ? last : null
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return
    ;[this.#lastValue, this.#lastIsDouble, this.#lastLow, this.#lastHigh] = saved
  }

  adopt(member: number): void {
    const { words } = this.#members
    const base = member * MEMBER.stride
    this.#link(member, doubleOf(words[base + VALUE]!, words[base + VALUE + 1]!))
    if ((words[base + MEMBER.meta]! & IS_DOUBLE) !== 0) this.#doubles++
  }

  #value(): number {
    if (this.#function === 'last') return this.#lastValue
    const isWorn = this.#changes > CHANGES_MIN + CHANGES_PER_MEMBER * this.#count
    if (this.#isDirty || isWorn || !Number.isFinite(this.#sum)) this.#recount()
    if (this.#function === 'sum') return this.#sum
    return this.#function === 'avg' ? this.#sum / this.#count : this.#extreme
  }

  #link(member: number, value: number): void {
    const { words } = this.#members
    const base = member * MEMBER.stride
    words[base + NEXT] = this.#head
    words[base + PREVIOUS] = NO_MEMBER
    if (this.#head !== NO_MEMBER) words[this.#head * MEMBER.stride + PREVIOUS] = member
    this.#head = member
    this.#count++
    this.#sum += value
    if (this.#count === 1 || this.#isMore(value, this.#extreme)) this.#extreme = value
  }

  #replace(base: number, value: number): void {
    const { words } = this.#members
    const old = doubleOf(words[base + VALUE]!, words[base + VALUE + 1]!)
    this.#changes++
    this.#sum += value - old
    if (this.#isMore(value, this.#extreme)) this.#extreme = value
    else if (old === this.#extreme) this.#isDirty = true
  }

  /** Whether a value is nearer to what the function looks for. */
  #isMore(value: number, than: number): boolean {
    return this.#function === 'min' ? value < than : value > than
  }

  #recount(): void {
    const { words } = this.#members
    this.#isDirty = false
    this.#changes = 0
    this.#sum = 0
    for (let member = this.#head, i = 0; member !== NO_MEMBER; i++) {
      const base = member * MEMBER.stride
      const value = doubleOf(words[base + VALUE]!, words[base + VALUE + 1]!)
      this.#sum += value
      if (i === 0 || this.#isMore(value, this.#extreme)) this.#extreme = value
      member = words[base + NEXT]!
    }
  }
}

/** NaN is no value of a gauge that others could be added to: it counts as nothing. */
function numberOf({ base, data }: Point, isDouble: boolean): number {
  const low = data[base + POINT.valueLow]!
  const high = data[base + POINT.valueHigh]!
  if (!isDouble) return signedOf(low, high)
  const value = doubleOf(low, high)
  return Number.isNaN(value) ? 0 : value
}
