import { parseDuration } from '../../logql/units.ts'
import type { Problem } from '../../parameters/fields.ts'
import { NANOS_MAX, parseTime } from '../../time.ts'

const TIME_FORMS = 'expected nanoseconds or seconds since 1970, or RFC 3339 such as 2026-01-31T12:00:00Z'
/** Loki reads whole numbers of up to ten digits as seconds. */
const SECONDS_DIGITS_MAX = 10

/** `1769860800.123456789` without losing a digit; nothing where it is written with an exponent. */
function parseDecimalSeconds(text: string): bigint | undefined {
  const match = /^(\d{1,12})\.(\d*)$/.exec(text)
  return match === null
    ? undefined
    : BigInt(match[1]!) * 1_000_000_000n + BigInt(match[2]!.slice(0, 9).padEnd(9, '0'))
}

/**
 * A moment as Loki's API takes it, in nanoseconds: a whole number of nanoseconds (of seconds, if it has up to ten digits),
 * seconds with a fraction, or RFC 3339. Else what is wrong with it.
 */
export function parseLokiTime(text: string): bigint | Problem {
  if (text.startsWith('-') && /^-\d+(\.\d+)?$/.test(text)) return { problem: 'is before 1970' }
  if (/^\d{1,30}$/.test(text)) {
    const ns = text.length <= SECONDS_DIGITS_MAX ? BigInt(text) * 1_000_000_000n : BigInt(text)
    return ns > NANOS_MAX ? { problem: 'is later than the year 2262, the last that can be stored' } : ns
  }
  const decimal = parseDecimalSeconds(text)
  if (decimal !== undefined)
    return decimal > NANOS_MAX
      ? { problem: 'is later than the year 2262, the last that can be stored' }
      : decimal
  const time = parseTime(text)
  return typeof time === 'bigint' || !time.problem.startsWith('expected') ? time : { problem: TIME_FORMS }
}

/** A span of time in nanoseconds: `5m`, `1h30m`, `2d`, `250ms`, or a number of seconds. Else what is wrong with it. */
export function parseLokiDuration(text: string): bigint | Problem {
  const ns = /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) * 1e9 : parseDuration(text)
  if (ns === undefined || !Number.isFinite(ns))
    return { problem: 'is no duration: expected one such as 5m, 1h30m, 250ms, or a number of seconds' }
  if (ns <= 0) return { problem: 'is not above zero: expected a duration such as 5m' }
  if (ns >= Number(NANOS_MAX)) return { problem: 'is longer than any time range' }
  return BigInt(Math.max(1, Math.round(ns)))
}
