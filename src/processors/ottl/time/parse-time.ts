import type { Cell } from '../cell.ts'
import { daysInMonth, daysOf, SECONDS_PER_DAY, setInstant } from './civil.ts'
import { DAYS, MONTHS } from './format-time.ts'
import type { Element, Fraction } from './layout.ts'
import { findZone, type Zone } from './zones.ts'

/** What has been read of a time so far. */
type Draft = {
  year: number | undefined
  month: number | undefined
  day: number | undefined
  yearDay: number | undefined
  hour: number
  minute: number
  second: number
  nanosecond: number
  half: 'am' | 'pm' | undefined
  offset: number | undefined
  zone: string | undefined
}

/** How much of a text was read, in characters; -1: it does not fit. */
type Read = (rest: string, draft: Draft) => number

function number(pattern: RegExp, set: (draft: Draft, value: number) => void, max: number, min = 0): Read {
  return (rest, draft) => {
    const found = pattern.exec(rest)
    if (found === null) return -1
    const value = Number(found[1])
    if (value < min || value > max) return -1
    set(draft, value)
    return found[0].length
  }
}

/** One of some names in any case, or of their first three letters. */
function named(
  names: ReadonlyArray<string>,
  length: number | undefined,
  set: (draft: Draft, index: number) => void,
): Read {
  const known = names.map((name) => name.slice(0, length).toLowerCase())
  return (rest, draft) => {
    const lower = rest.slice(0, 9).toLowerCase()
    const index = known.findIndex((name) => lower.startsWith(name))
    if (index === -1) return -1
    set(draft, index)
    return known[index]!.length
  }
}

function offset(pattern: RegExp, zulu: boolean): Read {
  return (rest, draft) => {
    if (zulu && rest.startsWith('Z')) {
      draft.offset = 0
      return 1
    }
    const found = pattern.exec(rest)
    if (found === null) return -1
    const [written, sign, hours, minutes = '0', seconds = '0'] = found
    if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return -1
    const magnitude = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    draft.offset = sign === '-' ? -magnitude : magnitude
    return written.length
  }
}

const month = (draft: Draft, value: number): void => {
  draft.month = value
}
const day = (draft: Draft, value: number): void => {
  draft.day = value
}
const yearDay = (draft: Draft, value: number): void => {
  draft.yearDay = value
}
const hour = (draft: Draft, value: number): void => {
  draft.hour = value
}
const minute = (draft: Draft, value: number): void => {
  draft.minute = value
}
const byIndex = (draft: Draft, index: number): void => {
  draft.month = index + 1
}
const nothing = (): void => undefined

/** Where seconds are read, a fraction may follow them even if the layout has none. */
function second(pattern: RegExp): Read {
  return (rest, draft) => {
    const found = pattern.exec(rest)
    if (found === null || Number(found[1]) > 59) return -1
    draft.second = Number(found[1])
    return found[0].length
  }
}

const half: Read = (rest, draft) => {
  const written = rest.slice(0, 2).toLowerCase()
  if (written !== 'am' && written !== 'pm') return -1
  draft.half = written
  return 2
}

const zoneName: Read = (rest, draft) => {
  const found = /^(?:[A-Z]{3,5}|[+-]\d\d)(?![A-Za-z])/.exec(rest)
  if (found === null) return -1
  draft.zone = found[0]
  return found[0].length
}

const TWO = /^(\d\d)/
const ONE_OR_TWO = /^(\d\d?)/
const SPACED = /^ ?(\d\d?)/
const HHMM = /^([+-])(\d\d)(\d\d)/
/** What `%z` reads: +0100, +01:00, +01. */
const ANY_OFFSET = /^([+-])(\d\d)(?::?(\d\d))?/
const HH = /^([+-])(\d\d)/
const COLON = /^([+-])(\d\d):(\d\d)/
const HHMMSS = /^([+-])(\d\d)(\d\d)(\d\d)/
const COLONS = /^([+-])(\d\d):(\d\d):(\d\d)/

/** Where a layout has two digits, one is read too, as the collector does. */
const READS: Readonly<Record<Exclude<Element['kind'], 'text' | 'fraction'>, Read>> = {
  year: number(
    /^(\d{4})/,
    (draft, value) => {
      draft.year = value
    },
    9999,
  ),
  year2: number(
    TWO,
    (draft, value) => {
      draft.year = value >= 69 ? value + 1900 : value + 2000
    },
    99,
  ),
  month: number(ONE_OR_TWO, month, 12, 1),
  month2: number(ONE_OR_TWO, month, 12, 1),
  spacedMonth: number(SPACED, month, 12, 1),
  monthName: named(MONTHS, undefined, byIndex),
  monthShort: named(MONTHS, 3, byIndex),
  day: number(ONE_OR_TWO, day, 31),
  day2: number(ONE_OR_TWO, day, 31),
  spacedDay: number(SPACED, day, 31),
  yearDay: number(/^(\d{3})/, yearDay, 366, 1),
  spacedYearDay: number(/^ {0,2}(\d{1,3})/, yearDay, 366, 1),
  dayName: named(DAYS, undefined, nothing),
  dayShort: named(DAYS, 3, nothing),
  hour2: number(ONE_OR_TWO, hour, 23),
  hour12: number(ONE_OR_TWO, hour, 12),
  hour12Two: number(ONE_OR_TWO, hour, 12),
  upperHalf: half,
  lowerHalf: half,
  minute: number(ONE_OR_TWO, minute, 59),
  minute2: number(ONE_OR_TWO, minute, 59),
  second: second(ONE_OR_TWO),
  second2: second(ONE_OR_TWO),
  zoneName,
  offset: offset(HHMM, false),
  offsetHour: offset(HH, false),
  offsetColon: offset(COLON, false),
  offsetSeconds: offset(HHMMSS, false),
  offsetColonSeconds: offset(COLONS, false),
  zulu: offset(ANY_OFFSET, true),
  zuluHour: offset(HH, true),
  zuluColon: offset(COLON, true),
  zuluSeconds: offset(HHMMSS, true),
  zuluColonSeconds: offset(COLONS, true),
}

function setFraction(draft: Draft, digits: string): void {
  draft.nanosecond = Number(digits.slice(0, 9).padEnd(9, '0'))
}

function readFraction(rest: string, draft: Draft, { separator, trimmed }: Fraction): number {
  const found = (separator === '' ? /^(\d+)/ : /^[.,](\d+)/).exec(rest)
  if (found === null) return trimmed ? 0 : -1
  setFraction(draft, found[1]!)
  return found[0].length
}

/** A fraction that the layout does not speak of, behind the seconds. */
function skipFraction(rest: string, draft: Draft, next: Element | undefined): number {
  if (next?.kind === 'fraction' || (next?.kind === 'text' && /^[.,]/.test(next.text))) return 0
  const found = /^[.,](\d+)/.exec(rest)
  if (found === null) return 0
  setFraction(draft, found[1]!)
  return found[0].length
}

function readElement(element: Element, rest: string, draft: Draft): number {
  if (element.kind === 'text') return readText(element.text, rest)
  return element.kind === 'fraction' ? readFraction(rest, draft, element) : READS[element.kind](rest, draft)
}

/** A space in the layout stands for any number of them, as in Go. */
function readText(text: string, rest: string): number {
  let at = 0
  for (const character of text) {
    if (character === ' ') {
      if (at < rest.length && rest[at] !== ' ') return -1
      while (rest[at] === ' ') at++
    } else if (rest.startsWith(character, at)) at += character.length
    else return -1
  }
  return at
}

/**
 * Reads a time into the cell. `zone` is where it is if it doesn't say so itself; `now` (ms since 1970) gives the date
 * or year that it lacks. Returns what is wrong with it, or undefined.
 */
export function readTime(
  cell: Cell,
  text: string,
  layout: ReadonlyArray<Element>,
  zone: Zone,
  now: number,
): string | undefined {
  const draft: Draft = {
    year: undefined,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    half: undefined,
    offset: undefined,
    zone: undefined,
  }
  let at = 0
  for (let i = 0; i < layout.length; i++) {
    const element = layout[i]!
    const part = splitBeforeFraction(element, layout[i + 1])
    if (part !== undefined) {
      // A fraction may be left out, with its point or comma, and either will do.
      const read = readText(part, text.slice(at))
      if (read === -1) return 'the text is not in the format of Time'
      at += read + skipFraction(text.slice(at + read), draft, undefined)
      i++
      continue
    }
    const read = readElement(element, text.slice(at), draft)
    if (read === -1) return 'the text is not in the format of Time'
    at += read
    if (element.kind === 'second' || element.kind === 'second2')
      at += skipFraction(text.slice(at), draft, layout[i + 1])
  }
  if (at < text.length) return 'the text goes on behind the format of Time'
  return finish(cell, draft, zone, now)
}

/** What stands before the point or comma of a fraction that follows; undefined if none does. */
function splitBeforeFraction(element: Element, next: Element | undefined): string | undefined {
  if (element.kind !== 'text' || next?.kind !== 'fraction' || !/[.,]$/.test(element.text)) return undefined
  return element.text.slice(0, -1)
}

function finish(cell: Cell, draft: Draft, zone: Zone, now: number): string | undefined {
  if (draft.half !== undefined) draft.hour = (draft.hour % 12) + (draft.half === 'pm' ? 12 : 0)
  const days = daysOfDraft(draft, now)
  if (days === undefined) return 'there is no such day'
  const local = days * SECONDS_PER_DAY + draft.hour * 3600 + draft.minute * 60 + draft.second
  const own = draft.zone === undefined || draft.offset !== undefined ? zone : findNamedZone(draft.zone)
  if (own === undefined) return `there is no zone ${draft.zone}`
  const ahead = draft.offset ?? own.offsetAt(local)
  return setInstant(cell, local - ahead, draft.nanosecond, ahead)
    ? undefined
    : 'the time is outside the years 1677 to 2262'
}

function findNamedZone(name: string): Zone | undefined {
  const hours = /^[+-]\d\d$/.test(name) ? Number(name) : undefined
  return hours === undefined ? findZone(name) : { offsetAt: () => hours * 3600 }
}

/** A time without any date is today's; one without a year is this year's, or last year's if it is more than a week ahead. */
function daysOfDraft(draft: Draft, now: number): number | undefined {
  const today = Math.floor(now / 1000 / SECONDS_PER_DAY)
  const { day, month, yearDay } = draft
  if (draft.year === undefined && month === undefined && day === undefined && yearDay === undefined)
    return today
  const year = draft.year ?? new Date(now).getUTCFullYear()
  if (yearDay !== undefined) return daysOf(year, 1, 1) + yearDay - 1
  if ((day ?? 1) < 1 || (day ?? 1) > daysInMonth(year, month ?? 1)) return undefined
  const days = daysOf(year, month ?? 1, day ?? 1)
  const lastYears = draft.year === undefined && days > today + 7
  return lastYears ? daysOf(year - 1, month ?? 1, day ?? 1) : days
}
