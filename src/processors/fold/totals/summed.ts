import { POINT } from '../../../otlp/slots.ts'
import { doubleOf, isAbove, wholeOf } from '../../../otlp/words.ts'
import { MEMBER } from '../members.ts'
import type { Point } from '../point.ts'
import type { Since } from './totals.ts'

/** The words of a member of what counts: where its numbers stand in the bucket store, how many, and of which generation. */
export const NUMBERS = MEMBER.own
export const NUMBERS_LENGTH = MEMBER.own + 1
export const GENERATION = MEMBER.own + 2

/** What a point is to its member: see {@link orderOf}. */
export const Order = { late: 0, later: 1, newLife: 2 } as const
export type Order = (typeof Order)[keyof typeof Order]

/** By start and time alone: whether a point continues what is known of its member, begins it anew, or comes too late. */
export function orderOf(point: Point, words: Int32Array, base: number): Order {
  const { startLow, startHigh, timeLow, timeHigh } = point
  const knownLow = words[base + MEMBER.startLow]!
  const knownHigh = words[base + MEMBER.startHigh]!
  if (startLow !== knownLow || startHigh !== knownHigh)
    return isAbove(startLow, startHigh, knownLow, knownHigh) ? Order.newLife : Order.late
  const isLater = isAbove(timeLow, timeHigh, words[base + MEMBER.timeLow]!, words[base + MEMBER.timeHigh]!)
  return isLater ? Order.later : Order.late
}

export function setTimes(
  { startHigh, startLow, timeHigh, timeLow }: Point,
  words: Int32Array,
  base: number,
): void {
  words[base + MEMBER.startLow] = startLow
  words[base + MEMBER.startHigh] = startHigh
  words[base + MEMBER.timeLow] = timeLow
  words[base + MEMBER.timeHigh] = timeHigh
}

export function startedAfter({ startHigh, startLow }: Point, { high, low }: Since): boolean {
  return isAbove(startLow, startHigh, low, high)
}

/** The sum of a point that counts; 0 where it is no number. */
export function sumOf({ base, data }: Point): number {
  const sum = doubleOf(data[base + POINT.sumLow]!, data[base + POINT.sumHigh]!)
  return Number.isFinite(sum) ? sum : 0
}

export function countOf({ base, data }: Point): number {
  return wholeOf(data[base + POINT.countLow]!, data[base + POINT.countHigh]!)
}
