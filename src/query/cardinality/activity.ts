import { rowBytes } from '../../store/row-bytes.ts'
import { equal, instant } from '../sql/conditions.ts'
import { type Fragment, join, type Statement, sql } from '../sql/fragment.ts'
import type { Run } from '../sql/queries.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import type { CardinalityStore } from './store.ts'

/** A figure of the last hour, of the hour before, and of the same hour a day ago. */
export type Hours = { readonly lastHour: number; readonly hourBefore: number; readonly dayBefore: number }

/** What a metric brought of late. */
export type Activity = {
  readonly metric: string
  readonly series: Hours
  readonly samples: Hours
  readonly samplesPerDay: number
  readonly bytesPerDay: number
}

export type ActivityQuery = {
  readonly tenantId: string
  /** All of them, if there is none. */
  readonly metric?: string | undefined
  readonly nowMs: number
}

/** Of one table; beyond that the metrics with fewest series are left out. */
const METRICS_MAX = 10_000
const HOUR_MS = 3_600_000
const HOURS_OF_DAY = 24

type Row = {
  readonly metric: string
  readonly seriesLast: number
  readonly seriesBefore: number
  readonly seriesDay: number
  readonly samplesLast: number
  readonly samplesBefore: number
  readonly samplesDay: number
}

function within(time: Fragment, startMs: number, endMs: number): Fragment {
  const at = (ms: number): Fragment => instant(BigInt(ms) * 1_000_000n)
  return sql`${time} >= ${at(startMs)} AND ${time} < ${at(endMs)}`
}

/** Series and points of three hours, by metric: a day is told by its last hour, so that a large tenant can be asked too. */
export function activityStatement(points: Source, { tenantId, metric, nowMs }: ActivityQuery): Statement {
  const time = points.column('TimeUnix')
  // What is stamped now is in it.
  const end = nowMs + 1
  const hour = (back: number): Fragment => within(time, end - (back + 1) * HOUR_MS, end - back * HOUR_MS)
  const [last, before, day] = [hour(0), hour(1), hour(HOURS_OF_DAY)]
  const series = (when: Fragment): Fragment =>
    sql`toFloat64(uniqIf(${points.column('SeriesFingerprint')}, ${when}))`
  const samples = (when: Fragment): Fragment => sql`toFloat64(countIf(${when}))`
  return select({
    from: points,
    tenantId,
    columns: {
      metric: points.column('MetricName'),
      seriesLast: series(last),
      seriesBefore: series(before),
      seriesDay: series(day),
      samplesLast: samples(last),
      samplesBefore: samples(before),
      samplesDay: samples(day),
    },
    where: [
      ...equal(points.column('MetricName'), metric),
      join(
        [last, before, day].map((when) => sql`(${when})`),
        ' OR ',
      ),
    ],
    groupBy: [points.column('MetricName')],
    orderBy: [sql`seriesLast DESC`, sql`metric`],
    limit: METRICS_MAX,
  })
}

const NOTHING: Hours = { lastHour: 0, hourBefore: 0, dayBefore: 0 }
export const NO_ACTIVITY = { series: NOTHING, samples: NOTHING, samplesPerDay: 0, bytesPerDay: 0 } as const

const sum = (a: Hours, b: Hours): Hours => ({
  lastHour: a.lastHour + b.lastHour,
  hourBefore: a.hourBefore + b.hourBefore,
  dayBefore: a.dayBefore + b.dayBefore,
})

function added(known: Activity | undefined, row: Row, bytesOfRow: number): Activity {
  const { series, samples, samplesPerDay, bytesPerDay } = known ?? NO_ACTIVITY
  const perDay = row.samplesLast * HOURS_OF_DAY
  return {
    metric: row.metric,
    series: sum(series, {
      lastHour: row.seriesLast,
      hourBefore: row.seriesBefore,
      dayBefore: row.seriesDay,
    }),
    samples: sum(samples, {
      lastHour: row.samplesLast,
      hourBefore: row.samplesBefore,
      dayBefore: row.samplesDay,
    }),
    samplesPerDay: samplesPerDay + perDay,
    bytesPerDay: bytesPerDay + Math.round(perDay * bytesOfRow),
  }
}

/** What the metrics of a tenant brought of late, by name. A name that was sent as several types is summed up. */
export async function readActivity(
  { queries, points, reader }: CardinalityStore,
  query: ActivityQuery,
  run: Run,
): Promise<Map<string, Activity>> {
  const bytes = await rowBytes(
    reader,
    new Map(points.map(({ name, rowBytes }) => [name, rowBytes])),
    run.signal,
  )
  const found = new Map<string, Activity>()
  for (const { source, name } of points)
    for (const row of await queries.rows<Row>(activityStatement(source, query), run))
      found.set(row.metric, added(found.get(row.metric), row, bytes.get(name)!))
  return found
}
