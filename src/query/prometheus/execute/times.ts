import { type Days, instant } from '../../sql/conditions.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import { NANOS_MAX } from '../../time.ts'
import type { Interval } from './store.ts'

const DAY_MS = 86_400_000
const MS_NS = 1_000_000n

/** Within what can be stored; a nanosecond count. */
function nanosOf(ms: number): bigint {
  const nanos = BigInt(Math.max(0, Math.trunc(ms))) * MS_NS
  return nanos > NANOS_MAX ? NANOS_MAX : nanos
}

/** Rows after the start, up to and with the last nanosecond of the end's millisecond. */
export function within(time: Fragment, { startMs, endMs }: Interval): Fragment[] {
  // Nothing is stored before 1970: there, a start of none is before the first.
  return [
    ...(startMs < 0 ? [] : [sql`${time} >= ${instant(nanosOf(startMs + 1))}`]),
    sql`${time} < ${instant(nanosOf(endMs + 1))}`,
  ]
}

/** The UTC days that it touches. */
export function daysOf({ startMs, endMs }: Interval): Days {
  const last = Number(NANOS_MAX / MS_NS)
  const day = (ms: number): number => Math.floor(Math.min(Math.max(ms, 0), last) / DAY_MS)
  return endMs < 0 ? { first: 1, last: 0 } : { first: day(startMs + 1), last: day(endMs) }
}
