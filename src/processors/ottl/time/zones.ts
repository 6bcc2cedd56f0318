import { daysOf, SECONDS_PER_DAY } from './civil.ts'

/** How far a zone of the IANA database is ahead of UTC, by the date. */
export type Zone = {
  /** Seconds ahead of UTC at a time of that zone, given as if it were UTC's: `seconds` since 1970. */
  readonly offsetAt: (localSeconds: number) => number
}

export const UTC: Zone = { offsetAt: () => 0 }

/** A zone by its name; undefined if there is none. */
export function findZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC' || name === 'GMT' || name === 'Z') return UTC
  try {
    return zoneOf(
      new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'gregory',
        numberingSystem: 'latn',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }),
    )
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function zoneOf(format: Intl.DateTimeFormat): Zone {
  const offsetOf = (seconds: number): number => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
    for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = Number(value)
    const { day = 1, hour = 0, minute = 0, month = 1, second = 0, year = 1970 } = parts
    return daysOf(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - seconds
  }
  // The offset depends on the instant, and the instant on the offset: the second look settles it.
  return { offsetAt: (local) => offsetOf(local - offsetOf(local - offsetOf(local))) }
}
