import type { TimeRange } from '../parameters/range.ts'
import { type Days, hexText, nanosText, withinDays } from '../sql/conditions.ts'
import { type Statement, sql } from '../sql/fragment.ts'
import type { Run } from '../sql/queries.ts'
import { isTraceId, select, type Tenants } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import { dayOf, NANOS_MAX, type Nanos } from '../time.ts'
import type { TracesStore } from './store.ts'

/** From the start of a trace's first span to the end of its last. */
export type TraceTime = { readonly start: Nanos; readonly end: Nanos }

type TimesRow = {
  readonly traceId: string
  readonly start: string
  readonly end: string
  readonly day: number
}

const DAY: Nanos = 86_400_000_000_000n
/** `traceIds`: 32 hex digits each. Found by the primary key; `days` spares the look at every other day. */
export function timesStatement(
  times: Source,
  tenantId: Tenants,
  traceIds: ReadonlyArray<string>,
  days: Days | undefined,
): Statement {
  return select({
    from: times,
    tenantId,
    columns: {
      traceId: hexText(times.column('TraceId')),
      start: nanosText(sql`min(${times.column('Start')})`),
      end: nanosText(sql`max(${times.column('End')})`),
      day: sql`toUInt32(max(${times.column('Day')}))`,
    },
    where: [
      isTraceId(times.column('TraceId'), traceIds),
      ...(days === undefined ? [] : withinDays(times.column('Day'), days)),
    ],
    groupBy: [times.column('TraceId')],
    limit: traceIds.length,
  })
}

/** The days of these moments (at least one; nanoseconds), the one before and the one after: traces that cross midnight. */
export function daysAround(moments: ReadonlyArray<{ readonly time: string }>): Days {
  const days = moments.map(({ time }) => dayOf(time))
  return { first: Math.max(0, Math.min(...days) - 1), last: Math.max(...days) + 1 }
}

/** When the traces were, and a range that all of their spans start in. */
export type TraceTimes = { readonly byId: ReadonlyMap<string, TraceTime>; readonly range: TimeRange }

/** One past the last moment at which a span of the trace can start: its end, or where that makes no sense, its day's. */
function latestStart({ start, end, day }: TimesRow): Nanos {
  const last = BigInt(end)
  return last >= BigInt(start) ? last + 1n : BigInt(day + 1) * DAY
}

/** Undefined where none of the traces is known. */
export async function findTimes(
  { queries, traceTimes }: TracesStore,
  tenantId: Tenants,
  traceIds: ReadonlyArray<string>,
  run: Run,
  days?: Days,
): Promise<TraceTimes | undefined> {
  const rows = await queries.rows<TimesRow>(timesStatement(traceTimes, tenantId, traceIds, days), run)
  if (rows.length === 0) return undefined
  let start = NANOS_MAX
  let end = 0n
  const byId = new Map<string, TraceTime>()
  for (const row of rows) {
    const first = BigInt(row.start)
    const last = BigInt(row.end)
    byId.set(row.traceId, { start: first, end: last > first ? last : first })
    if (first < start) start = first
    const latest = latestStart(row)
    if (latest > end) end = latest
  }
  return { byId, range: { start, end: end < NANOS_MAX ? end : NANOS_MAX } }
}
