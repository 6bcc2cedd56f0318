import type { Cell } from '../cell.ts'
import { addSmall } from '../functions/numbers-in-text.ts'
import { floorDivide, floored, setProduct, setSafe } from '../int64.ts'

/** Dates of the Gregorian calendar from nanoseconds since 1970 and back, without a Date. */

export const SECONDS_PER_DAY = 86_400
/** 400 years repeat; within them, the days before a year are counted from March. */
const DAYS_PER_ERA = 146_097
const DAYS_TO_1970 = 719_468
/** Of what fits into nanoseconds as an int64. */
const SECONDS_MAX = 9_223_372_035

/** One mutable object, filled by {@link readClock}: the date and time in the zone of `offset`. */
export const clock = {
  year: 0,
  month: 0,
  day: 0,
  /** From 0, Sunday. */
  weekday: 0,
  /** From 1. */
  yearDay: 0,
  hour: 0,
  minute: 0,
  second: 0,
  nanosecond: 0,
  /** Seconds ahead of UTC. */
  offset: 0,
}

export function readClock(low: number, high: number, offset: number): void {
  floorDivide(low, high, 1e9)
  const seconds = floored.quotient + offset
  const days = Math.floor(seconds / SECONDS_PER_DAY)
  const rest = seconds - days * SECONDS_PER_DAY
  clock.nanosecond = floored.remainder
  clock.hour = Math.floor(rest / 3600)
  clock.minute = Math.floor(rest / 60) % 60
  clock.second = rest % 60
  clock.weekday = (((days + 4) % 7) + 7) % 7
  clock.offset = offset
  readDate(days)
  clock.yearDay = days - daysOf(clock.year, 1, 1) + 1
}

function readDate(days: number): void {
  const shifted = days + DAYS_TO_1970
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const inEra = shifted - era * DAYS_PER_ERA
  const leapDays = Math.floor(inEra / 1460) - Math.floor(inEra / 36_524) + Math.floor(inEra / 146_096)
  const yearInEra = Math.floor((inEra - leapDays) / 365)
  const inYear = inEra - (365 * yearInEra + Math.floor(yearInEra / 4) - Math.floor(yearInEra / 100))
  const fromMarch = Math.floor((5 * inYear + 2) / 153)
  clock.day = inYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  clock.month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  clock.year = yearInEra + era * 400 + (clock.month <= 2 ? 1 : 0)
}

/** Days from 1970-01-01 to a date. */
export function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearInEra = shifted - era * 400
  const inYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const inEra = yearInEra * 365 + Math.floor(yearInEra / 4) - Math.floor(yearInEra / 100) + inYear
  return era * DAYS_PER_ERA + inEra - DAYS_TO_1970
}

export function daysInMonth(year: number, month: number): number {
  return daysOf(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - daysOf(year, month, 1)
}

/** Makes the cell a time; false if it is outside the years 1677 to 2262. */
export function setInstant(cell: Cell, seconds: number, nanoseconds: number, offset: number): boolean {
  if (Math.abs(seconds) > SECONDS_MAX) return false
  setSafe(cell, seconds)
  setProduct(cell, cell.low, cell.high, 1e9, 0)
  addSmall(cell, nanoseconds)
  cell.setTime(cell.low, cell.high, offset)
  return true
}
