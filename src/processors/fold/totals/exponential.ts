import type { Batch } from '../../../otlp/batch.ts'
import { POINT } from '../../../otlp/slots.ts'
import { doubleOf, putDouble, putWhole, wholeOf } from '../../../otlp/words.ts'
import { type BucketStore, NO_ROOM } from '../bucket-store.ts'
import { MEMBER, type Members } from '../members.ts'
import type { Point } from '../point.ts'
import { BothSides, NO_ZERO_INDEX } from './both-sides.ts'
import { type Buckets, SIDE_BUCKETS_MAX, Span } from './buckets.ts'
import { Extremes } from './extremes.ts'
import { KeptSides } from './kept-sides.ts'
import { countOf, NUMBERS, NUMBERS_LENGTH, Order, orderOf, setTimes, startedAfter, sumOf } from './summed.ts'
import { type Since, Taken, type Totals } from './totals.ts'
import { WireSides } from './wire-sides.ts'

/** What a logarithm may be wrong by. */
const TOLERANCE = 1e-9

/** The point that is added, at the scale of the fold and with its zero bucket; and what of it was not counted yet. */
const own = new BothSides()
const gain = new BothSides()
const wire = new WireSides()
const positiveSpan = new Span()
const negativeSpan = new Span()

/**
 * The total of exponential histograms. Its scale is the lowest that a member had, or lower where their buckets would be too far
 * apart; its zero bucket is as wide as the widest of them, up to the next bound. What a member had before is
 * compared at the scale of now, so members may change theirs. Cumulative ones as counters.
 */
export class ExponentialTotals implements Totals {
  readonly hasMembers: boolean
  readonly showsLastValues = false
  readonly hasNumbers = true
  readonly canMove = false
  readonly #members: Members
  readonly #store: BucketStore
  readonly #kept: KeptSides
  readonly #sides = new BothSides()
  #isEmpty = true
  #scale = 0
  /** Buckets below this index are part of the zero bucket. */
  #zeroIndex = NO_ZERO_INDEX
  #count = 0
  #sum = 0
  #hasSum = true
  readonly #extremes = new Extremes()

  constructor(members: Members, store: BucketStore, isDelta: boolean) {
    this.#members = members
    this.#store = store
    this.#kept = new KeptSides(store)
    this.hasMembers = !isDelta
  }

  begin(): void {
    if (this.hasMembers) return
    this.#isEmpty = true
    this.#zeroIndex = NO_ZERO_INDEX
    this.#sides.clear()
    this.#count = 0
    this.#sum = 0
    this.#hasSum = true
    this.#extremes.clear()
  }

  add(point: Point, member: number, isNew: boolean, since: Since): Taken {
    if (point.isStale) return isNew ? Taken.ended : Taken.counted
    if (!this.hasMembers) {
      this.#read(point)
      this.#extremes.add(point)
      this.#addTotals(own, countOf(point), sumOf(point))
      return Taken.counted
    }
    const { words } = this.#members
    const base = member * MEMBER.stride
    const order = isNew ? Order.newLife : orderOf(point, words, base)
    if (order === Order.late || (order === Order.later && this.#continue(point, base))) return Taken.counted
    this.#read(point)
    // Before anything is counted: what can't be kept would be counted again.
    if (!this.#hasRoom(base, isNew)) return Taken.full
    const beganAfter = order === Order.later || startedAfter(point, since)
    if (order === Order.later && this.#isHigher(point, base)) {
      const at = words[base + NUMBERS]!
      this.#addTotals(gain, countOf(point) - this.#kept.count(at), sumOf(point) - this.#kept.sum(at))
    } else if (beganAfter) this.#addTotals(own, countOf(point), sumOf(point))
    this.#keep(point, base)
    return beganAfter ? Taken.counted : Taken.baseline
  }

  forget(member: number): void {
    const { words } = this.#members
    const base = member * MEMBER.stride
    this.#store.giveBack(words[base + NUMBERS]!, words[base + NUMBERS_LENGTH]!)
  }

  adopt(): void {}

  write(batch: Batch, base: number): void {
    const { data } = batch.records
    const { negative, positive, zero } = this.#sides
    putWhole(data, base + POINT.countLow, this.#count)
    putDouble(data, base + POINT.sumLow, this.#sum)
    data[base + POINT.sumPresent] = this.#hasSum ? 1 : 0
    this.#extremes.write(data, base)
    data[base + POINT.scale] = this.#scale
    putWhole(data, base + POINT.zeroCountLow, zero)
    const threshold = this.#zeroIndex === NO_ZERO_INDEX ? 0 : 2 ** (this.#zeroIndex * 2 ** -this.#scale)
    putDouble(data, base + POINT.zeroThresholdLow, threshold)
    data[base + POINT.countsFirst] = batch.arrays[0].count
    data[base + POINT.countsCount] = positive.length
    data[base + POINT.positiveOffset] = positive.offset
    positive.write(batch.arrays[0])
    data[base + POINT.boundsFirst] = batch.arrays[1].count
    data[base + POINT.boundsCount] = negative.length
    data[base + POINT.negativeOffset] = negative.offset
    negative.write(batch.arrays[1])
  }

  save(): unknown {
    const { negative, positive, zero } = this.#sides
    const saved: Saved = {
      isEmpty: this.#isEmpty,
      scale: this.#scale,
      zeroIndex: this.#zeroIndex === NO_ZERO_INDEX ? null : this.#zeroIndex,
      positive: saveSide(positive),
      negative: saveSide(negative),
      zero,
      count: this.#count,
      sum: this.#sum,
      hasSum: this.#hasSum,
    }
    return saved
  }

  restore(saved: unknown): void {
    const { isEmpty, scale, zeroIndex, positive, negative, zero, count, sum, hasSum } = saved as Saved
    this.#isEmpty = isEmpty
    this.#scale = scale
    this.#zeroIndex = zeroIndex ?? NO_ZERO_INDEX
    restoreSide(this.#sides.positive, positive)
    restoreSide(this.#sides.negative, negative)
    this.#sides.zero = zero
    this.#count = count
    this.#sum = sum
    this.#hasSum = hasSum
  }

  /** Brings fold and point to one scale and one zero bucket; what the point counts is in `own` then. */
  #read({ base, batch, data }: Point): void {
    const scale = data[base + POINT.scale]! | 0
    const [positive, negative] = batch.arrays
    const start = data[base + POINT.countsFirst]!
    const negativeStart = data[base + POINT.boundsFirst]!
    const offset = data[base + POINT.positiveOffset]! | 0
    const negativeOffset = data[base + POINT.negativeOffset]! | 0
    positiveSpan.read(positive.data, start, data[base + POINT.countsCount]!, offset)
    negativeSpan.read(negative.data, negativeStart, data[base + POINT.boundsCount]!, negativeOffset)
    if (this.#isEmpty) this.#scale = scale
    this.#isEmpty = false
    this.#lowerTo(this.#commonScale(scale))
    this.#widenZero(doubleOf(data[base + POINT.zeroThresholdLow]!, data[base + POINT.zeroThresholdHigh]!))
    const steps = scale - this.#scale
    positiveSpan.fill(own.positive, positive.data, start, offset, steps)
    negativeSpan.fill(own.negative, negative.data, negativeStart, negativeOffset, steps)
    own.zero = wholeOf(data[base + POINT.zeroCountLow]!, data[base + POINT.zeroCountHigh]!)
    own.cutBelow(this.#zeroIndex)
    if (data[base + POINT.sumPresent] === 0) this.#hasSum = false
  }

  /** The highest scale at which both sides have room for all their buckets. */
  #commonScale(scale: number): number {
    const { negative, positive } = this.#sides
    for (let common = Math.min(this.#scale, scale); ; common--) {
      const steps = scale - common
      const ownSteps = this.#scale - common
      if (
        positiveSpan.width(steps, positive, ownSteps) <= SIDE_BUCKETS_MAX &&
        negativeSpan.width(steps, negative, ownSteps) <= SIDE_BUCKETS_MAX
      )
        return common
    }
  }

  #lowerTo(scale: number): void {
    const steps = this.#scale - scale
    if (steps === 0) return
    this.#scale = scale
    this.#sides.lower(steps)
    if (this.#zeroIndex === NO_ZERO_INDEX) return
    this.#zeroIndex = Math.ceil(this.#zeroIndex / 2 ** steps)
    this.#sides.cutBelow(this.#zeroIndex)
  }

  #widenZero(threshold: number): void {
    if (!(threshold > 0)) return
    const index = Math.ceil(Math.log2(threshold) * 2 ** this.#scale - TOLERANCE)
    if (index <= this.#zeroIndex) return
    this.#zeroIndex = index
    this.#sides.cutBelow(index)
  }

  /**
   * Adds and keeps a later point whose scale is the fold's and whose buckets are those that are kept, which is nearly always so. False: it
   * is not added.
   */
  #continue(point: Point, base: number): boolean {
    const { base: from, data } = point
    if ((data[from + POINT.scale]! | 0) !== this.#scale || this.#zeroIndex !== NO_ZERO_INDEX) return false
    if ((data[from + POINT.zeroThresholdLow]! | data[from + POINT.zeroThresholdHigh]!) !== 0) return false
    const at = this.#members.words[base + NUMBERS]!
    const count = countOf(point)
    const kept = this.#kept
    const keptCount = kept.count(at)
    if (count < keptCount) return false
    wire.read(point)
    if (!kept.advance(at, wire, this.#sides, this.#scale)) return false
    const sum = sumOf(point)
    this.#count += count - keptCount
    this.#sum += sum - kept.sum(at)
    kept.putTotals(at, count, sum)
    if (data[from + POINT.sumPresent] === 0) this.#hasSum = false
    setTimes(point, this.#members.words, base)
    return true
  }

  /** Whether nothing of the point is lower than what is kept of its member: then `gain` is how much is new. */
  #isHigher(point: Point, base: number): boolean {
    const at = this.#members.words[base + NUMBERS]!
    if (countOf(point) < this.#kept.count(at)) return false
    gain.copyFrom(own)
    return this.#kept.takeOff(at, gain, this.#scale, this.#zeroIndex)
  }

  #addTotals(sides: BothSides, count: number, sum: number): void {
    this.#sides.add(sides)
    this.#count += count
    this.#sum += sum
  }

  /** Sees to it that the point can be kept. False if there is no room: then what was kept stays. */
  #hasRoom(base: number, isNew: boolean): boolean {
    const { words } = this.#members
    const needed = KeptSides.lengthOf(own)
    const length = words[base + NUMBERS_LENGTH]!
    if (!isNew && needed <= length) return true
    const at = this.#store.take(needed)
    if (at === NO_ROOM) return false
    if (!isNew) {
      const old = words[base + NUMBERS]!
      this.#store.numbers.copyWithin(at, old, old + length)
      this.#store.giveBack(old, length)
    }
    words[base + NUMBERS] = at
    words[base + NUMBERS_LENGTH] = needed
    return true
  }

  #keep(point: Point, base: number): void {
    const { words } = this.#members
    setTimes(point, words, base)
    this.#kept.put(words[base + NUMBERS]!, own, this.#scale, countOf(point), sumOf(point))
  }
}

type Saved = {
  readonly isEmpty: boolean
  readonly scale: number
  readonly zeroIndex: number | null
  readonly positive: readonly number[]
  readonly negative: readonly number[]
  readonly zero: number
  readonly count: number
  readonly sum: number
  readonly hasSum: boolean
}

/** The offset, then the counts. */
function saveSide({ counts, length, offset }: Buckets): number[] {
  return [offset, ...counts.subarray(0, length)]
}

function restoreSide(side: Buckets, [offset = 0, ...counts]: readonly number[]): void {
  side.clear()
  if (counts.length > 0) side.cover(offset, offset + counts.length - 1)
  counts.forEach((count, i) => {
    side.counts[i] = count
  })
}
