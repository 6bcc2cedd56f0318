import { clock, readClock } from './civil.ts'
import type { Element } from './layout.ts'
import { offsetText, padded } from './rfc3339.ts'

export const MONTHS: ReadonlyArray<string> = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]
export const DAYS: ReadonlyArray<string> = [
  ...['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
]

/** A time as text, in the zone that its offset names. */
export function formatTime(
  low: number,
  high: number,
  offset: number,
  elements: ReadonlyArray<Element>,
): string {
  readClock(low, high, offset)
  return elements.map(formatElement).join('')
}

function formatElement(element: Element): string {
  switch (element.kind) {
    case 'text':
      return element.text
    case 'fraction': {
      const digits = padded(clock.nanosecond, 9).slice(0, element.digits)
      const shown = element.trimmed ? digits.replace(/0+$/, '') : digits
      return shown === '' ? '' : element.separator + shown
    }
    default:
      return FORMATS[element.kind]()
  }
}

function hour12(): number {
  return clock.hour % 12 === 0 ? 12 : clock.hour % 12
}

function zulu(parts: number, separator: string): () => string {
  return () => (clock.offset === 0 ? 'Z' : offsetText(clock.offset, parts, separator))
}

const FORMATS: Readonly<Record<Exclude<Element['kind'], 'text' | 'fraction'>, () => string>> = {
  year: () => padded(clock.year, 4),
  year2: () => padded(clock.year % 100, 2),
  month: () => String(clock.month),
  month2: () => padded(clock.month, 2),
  spacedMonth: () => String(clock.month).padStart(2),
  monthName: () => MONTHS[clock.month - 1]!,
  monthShort: () => MONTHS[clock.month - 1]!.slice(0, 3),
  day: () => String(clock.day),
  day2: () => padded(clock.day, 2),
  spacedDay: () => String(clock.day).padStart(2),
  yearDay: () => padded(clock.yearDay, 3),
  spacedYearDay: () => String(clock.yearDay).padStart(3),
  dayName: () => DAYS[clock.weekday]!,
  dayShort: () => DAYS[clock.weekday]!.slice(0, 3),
  hour2: () => padded(clock.hour, 2),
  hour12: () => String(hour12()),
  hour12Two: () => padded(hour12(), 2),
  upperHalf: () => (clock.hour < 12 ? 'AM' : 'PM'),
  lowerHalf: () => (clock.hour < 12 ? 'am' : 'pm'),
  minute: () => String(clock.minute),
  minute2: () => padded(clock.minute, 2),
  second: () => String(clock.second),
  second2: () => padded(clock.second, 2),
  zoneName: () => (clock.offset === 0 ? 'UTC' : offsetText(clock.offset, 2, '')),
  offset: () => offsetText(clock.offset, 2, ''),
  offsetHour: () => offsetText(clock.offset, 1, ''),
  offsetColon: () => offsetText(clock.offset, 2, ':'),
  offsetSeconds: () => offsetText(clock.offset, 3, ''),
  offsetColonSeconds: () => offsetText(clock.offset, 3, ':'),
  zulu: zulu(2, ''),
  zuluHour: zulu(1, ''),
  zuluColon: zulu(2, ':'),
  zuluSeconds: zulu(3, ''),
  zuluColonSeconds: zulu(3, ':'),
}
