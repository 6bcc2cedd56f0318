import { Cell, intToDouble } from '../cell.ts'
import { computedValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { floorDivide, floored, setDifference, setProduct, setQuotient, setSafe, setSum } from '../int64.ts'
import { Kind } from '../kinds.ts'
import { PatternCache } from '../pattern-cache.ts'
import { clock, readClock, setInstant } from '../time/civil.ts'
import { formatTime } from '../time/format-time.ts'
import { parseLayout } from '../time/layout.ts'
import { readTime } from '../time/parse-time.ts'
import { findZone, UTC, type Zone } from '../time/zones.ts'
import type { Arguments, FunctionSpec, Parameter } from './function.ts'
import { addSmall } from './numbers-in-text.ts'
import { type Compute, failed, INT, literalText, STRING, valueFunction } from './value-function.ts'

const OUTSIDE = 'the time is outside the years 1677 to 2262'
const timeParameter: Parameter = { name: 'time', kinds: [Kind.time] }
const formatParameter: Parameter = { name: 'format', kinds: STRING, literal: true }

/** The same for all conditions on one record only; to the millisecond. */
const now: FunctionSpec = {
  name: 'Now',
  parameters: [],
  build: (frame) => ({
    value: computedValue(frame, { level: frame.unit, kind: Kind.time, fallible: false }, (_record, cell) => {
      setSafe(cell, Date.now())
      setProduct(cell, cell.low, cell.high, 1e6, 0)
      cell.setTime(cell.low, cell.high)
      return true
    }),
  }),
}

function zoneNamed(name: string): Zone {
  const zone = findZone(name)
  if (zone === undefined) throw new Error(`there is no time zone ${name}`)
  return zone
}

/** A time from its text. Where neither the text nor `location` says a zone, it is UTC. */
const time = valueFunction(
  'Time',
  [
    { name: 'time', kinds: STRING },
    formatParameter,
    { name: 'location', kinds: STRING, optional: true },
    { name: 'locale', kinds: STRING, literal: true, optional: true },
  ],
  Kind.time,
  prepareTime,
)

function prepareTime(frame: Frame, [, format, location, locale]: Arguments): Compute {
  const layout = parseLayout(format!.cell.text())
  const language = literalText(locale, 'en')
  if (!/^en\b/i.test(language))
    throw new Error(`Time reads English names only, not those of the locale ${language}`)
  const fixed = location === undefined ? UTC : location.constant ? zoneNamed(location.cell.text()) : undefined
  const zones = new PatternCache(zoneNamed)
  return (cell, source, _format, place) => {
    const zone = fixed ?? zones.get(place.text())
    if (typeof zone === 'string') return failed(frame, 'location of Time names no time zone')
    if (source.start === source.end) return failed(frame, 'the text of Time is empty')
    const fault = readTime(cell, source.text(), layout, zone, Date.now())
    return fault === undefined || failed(frame, fault)
  }
}

const formatTimeFunction = valueFunction(
  'FormatTime',
  [timeParameter, formatParameter],
  Kind.string,
  (_frame, [, format]) => {
    const layout = parseLayout(format!.cell.text())
    return (cell, source) => {
      cell.setText(formatTime(source.low, source.high, source.number, layout))
      return true
    }
  },
)

const unix = valueFunction(
  'Unix',
  [
    { name: 'seconds', kinds: INT },
    { name: 'nanoseconds', kinds: INT, optional: true },
  ],
  Kind.time,
  (frame) => (cell, seconds, nanoseconds) => {
    const extra = nanoseconds.kind === Kind.int ? intToDouble(nanoseconds.low, nanoseconds.high) : 0
    if (!setInstant(cell, intToDouble(seconds.low, seconds.high) + Math.floor(extra / 1e9), 0, 0))
      return failed(frame, OUTSIDE)
    addSmall(cell, extra - Math.floor(extra / 1e9) * 1e9)
    cell.setTime(cell.low, cell.high)
    return true
  },
)

/** Nanoseconds from the year 1, to whose start Go rounds, to 1970. */
const FROM_YEAR_ONE = 62_135_596_800_000_000_000n

/** Rounds down to a multiple of the duration since the year 1. */
const truncateTime = valueFunction(
  'TruncateTime',
  [timeParameter, { name: 'duration', kinds: [Kind.duration] }],
  Kind.time,
  (_frame, [, duration]) => {
    const rest = new Cell()
    const phase = new Cell()
    if (duration!.constant) setPhase(phase, duration!.cell)
    return (cell, source, step) => {
      cell.copyFrom(source)
      if (step.high < 0 || (step.high === 0 && step.low === 0)) return true
      if (!duration!.constant) setPhase(phase, step)
      setRest(rest, source, step)
      addPhase(rest, phase, step)
      setDifference(cell, source.low, source.high, rest.low, rest.high)
      cell.setTime(cell.low, cell.high, source.number)
      return true
    }
  },
)

function setPhase(phase: Cell, { low, high }: Cell): void {
  const step = (BigInt(high) << 32n) | BigInt(low >>> 0)
  const value = step > 0n ? FROM_YEAR_ONE % step : 0n
  phase.setInt(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
}

/** What is left of a division, never below zero. */
function setRest(rest: Cell, value: Cell, step: Cell): void {
  setQuotient(rest, value.low, value.high, step.low, step.high)
  setProduct(rest, rest.low, rest.high, step.low, step.high)
  setDifference(rest, value.low, value.high, rest.low, rest.high)
  if (rest.high < 0) setSum(rest, rest.low, rest.high, step.low, step.high)
}

/** (rest + phase) modulo the step, without leaving 64 bits. */
function addPhase(rest: Cell, phase: Cell, step: Cell): void {
  const { low, high } = rest
  setDifference(rest, step.low, step.high, phase.low, phase.high)
  setDifference(rest, low, high, rest.low, rest.high)
  if (rest.high < 0) setSum(rest, rest.low, rest.high, step.low, step.high)
}

/** A number of the calendar or the clock, in the time's own zone. */
function part(name: string, read: () => number): FunctionSpec {
  return valueFunction(name, [timeParameter], Kind.int, () => (cell, source) => {
    readClock(source.low, source.high, source.number)
    setSafe(cell, read())
    return true
  })
}

/** Whole units since 1970. */
function since1970(name: string, perSecond: number): FunctionSpec {
  return valueFunction(name, [timeParameter], Kind.int, () => (cell, source) => {
    floorDivide(source.low, source.high, 1e9)
    const within = Math.floor(floored.remainder / (1e9 / perSecond))
    setSafe(cell, floored.quotient)
    setProduct(cell, cell.low, cell.high, perSecond, 0)
    addSmall(cell, within)
    return true
  })
}

export const timeFunctions: ReadonlyArray<FunctionSpec> = [
  now,
  time,
  formatTimeFunction,
  unix,
  truncateTime,
  part('Year', () => clock.year),
  part('Month', () => clock.month),
  part('Day', () => clock.day),
  part('Weekday', () => clock.weekday),
  part('Hour', () => clock.hour),
  part('Minute', () => clock.minute),
  part('Second', () => clock.second),
  part('Nanosecond', () => clock.nanosecond),
  since1970('UnixSeconds', 1),
  since1970('UnixMilli', 1e3),
  since1970('UnixMicro', 1e6),
  since1970('UnixNano', 1e9),
]
