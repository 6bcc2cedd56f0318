import type { Problem } from '../../parameters/fields.ts'
import { parseDurationMs } from '../../promql/duration.ts'
import { parseTime } from '../../time.ts'

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
/** What Prometheus takes at most; it writes the ends of time so. */
const MS_MAX = 9_223_372_036_854
const TIMES_MAX = new Map([
  ['-292273086-05-16T16:47:06Z', -MS_MAX],
  ['292277025-08-18T07:12:54.999999999Z', MS_MAX],
])

/** A moment in milliseconds: seconds since 1970, with or without a fraction, or RFC 3339. Beyond the ends of time it is one of them. */
export function parsePrometheusTime(text: string): number | Problem {
  if (NUMBER.test(text)) return Math.min(Math.max(Math.round(Number(text) * 1000), -MS_MAX), MS_MAX)
  const end = TIMES_MAX.get(text)
  if (end !== undefined) return end
  const time = parseTime(text)
  if (typeof time === 'bigint') return Math.floor(Number(time / 1_000_000n))
  return time.problem.startsWith('expected')
    ? { problem: 'is no time: expected seconds since 1970, or RFC 3339 such as 2026-01-31T12:00:00Z' }
    : time
}

/** The distance of points, in milliseconds: as {@link parsePrometheusDuration}. */
export function parsePrometheusStep(text: string): number | Problem {
  const step = parsePrometheusDuration(text)
  if (typeof step === 'number' || step !== NOT_POSITIVE) return step
  return {
    problem:
      'zero or negative query resolution step widths are not accepted: expected a duration such as 15s, of 1ms at least',
  }
}

const NOT_POSITIVE: Problem = {
  problem: 'must be positive: expected a duration such as 15s, of 1ms at least',
}

/** Milliseconds: a number of seconds, or a duration such as 5m or 1h30m. */
export function parsePrometheusDuration(text: string): number | Problem {
  const ms = NUMBER.test(text) ? Math.round(Number(text) * 1000) : parseDurationMs(text)
  if (ms === undefined || !Number.isFinite(ms) || ms > MS_MAX)
    return { problem: 'is no duration: expected one such as 15s, 5m, 1h30m, or a number of seconds' }
  return ms <= 0 ? NOT_POSITIVE : ms
}
