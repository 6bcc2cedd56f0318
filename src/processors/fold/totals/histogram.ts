import type { Batch } from '../../../otlp/batch.ts'
import { POINT } from '../../../otlp/slots.ts'
import { putDouble, putWhole } from '../../../otlp/words.ts'
import { type BucketStore, NO_ROOM } from '../bucket-store.ts'
import { MEMBER, type Members } from '../members.ts'
import type { Point } from '../point.ts'
import { Extremes } from './extremes.ts'
import { addUp, BOUNDS_MAX, Layout } from './layout.ts'
import {
  countOf,
  GENERATION,
  NUMBERS,
  NUMBERS_LENGTH,
  Order,
  orderOf,
  setTimes,
  startedAfter,
  sumOf,
} from './summed.ts'
import { type Since, Taken, type Totals } from './totals.ts'
import { addGain, isAtLeast } from './wire-counts.ts'

/** Before the buckets of a member stand its count and sum. */
const BUCKETS = 2
const scratch = new Float64Array(BOUNDS_MAX + 1)

/**
 * The total of histograms with explicit buckets, and of summaries (which are count and sum here: quantiles of several can't be
 * made one). Cumulative ones as counters: a reset is a later start time, or a count or bucket that is lower at a later time.
 */
export class HistogramTotals implements Totals {
  readonly hasMembers: boolean
  readonly showsLastValues = false
  readonly hasNumbers = true
  readonly canMove = false
  readonly #members: Members
  readonly #store: BucketStore
  readonly #isSummary: boolean
  /** That of the first point. */
  #layout: Layout | undefined
  #buckets = new Float64Array(0)
  #count = 0
  #sum = 0
  #hasSum = true
  readonly #extremes = new Extremes()
  readonly #moved = (toNext: Uint16Array): void => addUp(this.#buckets, 0, toNext.length, toNext)

  constructor(
    members: Members,
    store: BucketStore,
    { isDelta, isSummary }: { isDelta: boolean; isSummary: boolean },
  ) {
    this.#members = members
    this.#store = store
    this.#isSummary = isSummary
    this.hasMembers = !isDelta
  }

  begin(): void {
    if (this.hasMembers) return
    this.#layout = undefined
    this.#count = 0
    this.#sum = 0
    this.#hasSum = true
    this.#extremes.clear()
  }

  add(point: Point, member: number, isNew: boolean, since: Since): Taken {
    if (point.isStale) return isNew ? Taken.ended : Taken.counted
    if (!isNew && this.hasMembers && this.#continue(point, member * MEMBER.stride)) return Taken.counted
    if (!this.#read(point)) return Taken.boundsDiffer
    if (!this.hasMembers) {
      this.#extremes.add(point)
      this.#addAll(point)
      return Taken.counted
    }
    const { words } = this.#members
    const base = member * MEMBER.stride
    if (isNew) {
      const at = this.#store.take(BUCKETS + this.#length)
      if (at === NO_ROOM) return Taken.full
      words[base + NUMBERS] = at
      words[base + NUMBERS_LENGTH] = BUCKETS + this.#length
      this.#keep(point, base)
      if (!startedAfter(point, since)) return Taken.baseline
      this.#addAll(point)
      return Taken.counted
    }
    const order = orderOf(point, words, base)
    if (order === Order.late) return Taken.counted
    const beganAfter = order === Order.later || startedAfter(point, since)
    if (order === Order.later && this.#isHigher(point, base)) {
      this.#advance(point, base)
      return Taken.counted
    }
    if (beganAfter) this.#addAll(point)
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
    putWhole(data, base + POINT.countLow, this.#count)
    putDouble(data, base + POINT.sumLow, this.#sum)
    if (this.#isSummary) {
      data[base + POINT.quantilesCount] = 0
      return
    }
    data[base + POINT.sumPresent] = this.#hasSum ? 1 : 0
    this.#extremes.write(data, base)
    const bounds = this.#layout?.bounds ?? NO_BOUNDS
    const [counts, limits] = batch.arrays
    data[base + POINT.countsFirst] = counts.count
    data[base + POINT.countsCount] = bounds.length + 1
    for (let i = 0; i <= bounds.length; i++) {
      const at = counts.add()
      putWhole(counts.data, at, this.#buckets[i] ?? 0)
    }
    data[base + POINT.boundsFirst] = limits.count
    data[base + POINT.boundsCount] = bounds.length
    for (let i = 0; i < bounds.length; i++) {
      const at = limits.add()
      putDouble(limits.data, at, bounds[i]!)
    }
  }

  save(): unknown {
    const buckets = [...this.#buckets.subarray(0, this.#length)]
    return [this.#layout?.save(), buckets, this.#count, this.#sum, this.#hasSum]
  }

  restore(saved: unknown): void {
    const [layout, buckets, count, sum, hasSum] = saved as [unknown, number[], number, number, boolean]
    this.#layout = layout ? Layout.restored(layout) : undefined
    this.#buckets = Float64Array.from(buckets)
    this.#count = count
    this.#sum = sum
    this.#hasSum = hasSum
  }

  /** How many buckets the fold has now. */
  get #length(): number {
    return this.#layout === undefined || this.#isSummary ? 0 : this.#layout.bounds.length + 1
  }

  /** Puts the point's buckets into `scratch`, as the fold has them. False if they can't be. */
  #read(point: Point): boolean {
    if (this.#isSummary) return true
    const { base, data } = point
    this.#layout ??= this.#begin(point)
    if (this.#layout === undefined || !this.#layout.align(point, this.#moved)) return false
    if (data[base + POINT.sumPresent] === 0) this.#hasSum = false
    this.#layout.readCounts(point, scratch)
    return true
  }

  #begin({ base, batch, data }: Point): Layout | undefined {
    const first = 2 * data[base + POINT.boundsFirst]!
    const count = data[base + POINT.boundsCount]!
    if (count > BOUNDS_MAX) return undefined
    this.#buckets = new Float64Array(count + 1)
    return Layout.ofWords(batch.arrays[1].data, first, count)
  }

  /**
   * Adds a later point that has the bounds of the fold and of its member, and of which nothing is lower: nearly every one. False, and nothing is
   * added, for others.
   */
  #continue(point: Point, base: number): boolean {
    const layout = this.#layout
    const { words } = this.#members
    if (layout === undefined || words[base + GENERATION] !== layout.generation || !layout.isOf(point))
      return false
    if (orderOf(point, words, base) !== Order.later) return false
    const { numbers } = this.#store
    const at = words[base + NUMBERS]!
    const { base: from, batch, data } = point
    const counts = batch.arrays[0].data
    const first = 2 * data[from + POINT.countsFirst]!
    const length = data[from + POINT.countsCount]!
    const count = countOf(point)
    if (count < numbers[at]! || !isAtLeast(counts, first, numbers, at + BUCKETS, length)) return false
    addGain(counts, first, numbers, at + BUCKETS, length, this.#buckets, 0)
    const sum = sumOf(point)
    this.#count += count - numbers[at]!
    this.#sum += sum - numbers[at + 1]!
    numbers[at] = count
    numbers[at + 1] = sum
    if (data[from + POINT.sumPresent] === 0) this.#hasSum = false
    setTimes(point, words, base)
    return true
  }

  /** Whether nothing of the point is lower than what is kept of its member, which is brought to the bounds of now. */
  #isHigher(point: Point, base: number): boolean {
    const { words } = this.#members
    const { numbers } = this.#store
    const at = words[base + NUMBERS]!
    this.#layout?.bring(numbers, at + BUCKETS, words[base + GENERATION]!)
    words[base + GENERATION] = this.#layout?.generation ?? 0
    if (countOf(point) < numbers[at]!) return false
    const first = at + BUCKETS
    for (let i = 0, length = this.#length; i < length; i++)
      if (scratch[i]! < numbers[first + i]!) return false
    return true
  }

  /** Adds what is new, and keeps the point. */
  #advance(point: Point, base: number): void {
    const { words } = this.#members
    const { numbers } = this.#store
    const at = words[base + NUMBERS]!
    const count = countOf(point)
    const sum = sumOf(point)
    this.#count += count - numbers[at]!
    this.#sum += sum - numbers[at + 1]!
    numbers[at] = count
    numbers[at + 1] = sum
    const buckets = this.#buckets
    const first = at + BUCKETS
    for (let i = 0, length = this.#length; i < length; i++) {
      const value = scratch[i]!
      buckets[i]! += value - numbers[first + i]!
      numbers[first + i] = value
    }
    setTimes(point, words, base)
  }

  #addAll(point: Point): void {
    this.#count += countOf(point)
    this.#sum += sumOf(point)
    const buckets = this.#buckets
    for (let i = 0, length = this.#length; i < length; i++) buckets[i]! += scratch[i]!
  }

  #keep(point: Point, base: number): void {
    const { words } = this.#members
    const { numbers } = this.#store
    const at = words[base + NUMBERS]!
    setTimes(point, words, base)
    words[base + GENERATION] = this.#layout?.generation ?? 0
    numbers[at] = countOf(point)
    numbers[at + 1] = sumOf(point)
    const first = at + BUCKETS
    for (let i = 0, length = this.#length; i < length; i++) numbers[first + i] = scratch[i]!
  }
}

const NO_BOUNDS = new Float64Array(0)
