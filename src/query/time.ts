/** Nanoseconds since the epoch, as text of an Int64: what ClickHouse binds and what records carry. */
export type Nanos = bigint

/** The last nanosecond that a DateTime64(9) holds. */
export const NANOS_MAX: Nanos = 2n ** 63n - 1n

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** A number below this is seconds, milliseconds or microseconds of our days, not nanoseconds (1973). */
const NANOS_PLAUSIBLE = 10n ** 17n

const EXPECTED = 'expected RFC 3339 such as 2026-01-31T12:00:00.123456789Z, or nanoseconds since 1970'

function problem(message: string): { readonly problem: string } {
  return { problem: message }
}

function offsetMinutes(
  sign: string | undefined,
  hours: string | undefined,
  minutes: string | undefined,
): number | undefined {
  if (sign === undefined) return 0
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  const offset = Number(hours) * 60 + Number(minutes)
  return sign === '+' ? offset : -offset
}

function parseRfc3339(match: RegExpExecArray): Nanos | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours, offsetMinute] = match
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  // Date.UTC carries over (February 30 becomes March 2): a date that doesn't come back was none.
  if (new Date(ms).toISOString().slice(0, 19) !== `${year}-${month}-${day}T${hour}:${minute}:${second}`)
    return undefined
  const offset = offsetMinutes(sign, offsetHours, offsetMinute)
  if (offset === undefined) return undefined
  return BigInt(ms - offset * 60_000) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** RFC 3339 (up to nine digits of a second) or nanoseconds since the epoch; else what is wrong with it. */
export function parseTime(text: string): Nanos | { readonly problem: string } {
  if (/^\d{1,20}$/.test(text)) {
    const nanos = BigInt(text)
    if (nanos > NANOS_MAX) return problem('is later than the year 2262, the last that can be stored')
    if (nanos !== 0n && nanos < NANOS_PLAUSIBLE)
      return problem(
        'looks like seconds, milliseconds or microseconds: nanoseconds of our days have 19 digits',
      )
    return nanos
  }
  if (/ \d\d:\d\d$/.test(text)) return problem('has a space where a "+" was meant: write "+" as %2B in a URL')
  const match = RFC_3339.exec(text)
  if (match === null) return problem(EXPECTED)
  if ((match[7]?.length ?? 0) > 9) return problem('has more than nine digits after the second')
  const nanos = parseRfc3339(match)
  if (nanos === undefined) return problem(`is no date of the calendar: ${EXPECTED}`)
  if (nanos < 0n) return problem('is before 1970')
  return nanos > NANOS_MAX ? problem('is later than the year 2262, the last that can be stored') : nanos
}

/** RFC 3339 with nine digits, UTC. Digits are cut from the text: no 64-bit number is computed per record. */
export function formatNanos(nanos: string): string {
  if (nanos.startsWith('-')) return formatBefore1970(BigInt(nanos))
  const padded = nanos.padStart(10, '0')
  const seconds = Number(padded.slice(0, -9))
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${padded.slice(-9)}Z`
}

function formatBefore1970(nanos: bigint): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = Number((nanos - fraction) / 1_000_000_000n)
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`
}

/** Days since the epoch (UTC), the `Day` of a resource. Not before 1970. */
export function dayOf(nanos: string): number {
  return nanos.startsWith('-') ? 0 : Math.floor(Number(nanos.padStart(10, '0').slice(0, -9)) / 86_400)
}
