import type { Series } from '../../logql/metrics/series.ts'
import { PromqlLimitError } from '../../promql/error.ts'
import { sql } from '../../sql/fragment.ts'
import { selectNested } from '../../sql/select.ts'
import { doublesOf, hexOf } from './doubles.ts'
import type { Lane } from './lanes.ts'
import { floatSamples, seriesByKey } from './points.ts'
import type { Interval, TenantRun } from './store.ts'

/** Floats of one series, in the order of their times; some may share one. */
export type FloatChunk = { readonly timesMs: Float64Array; readonly values: Float64Array }

type Row = {
  readonly s: string
  readonly e: number | string
  readonly times: string
  readonly values: string
}

export function tooManySamples(samplesMax: number): PromqlLimitError {
  return new PromqlLimitError(
    `the query needs more than ${samplesMax} samples: select fewer series, aggregate by fewer labels, or take a shorter range or a larger step`,
  )
}

/** What a lane's points hold, by series. A line of the answer is a day of a series: no line is longer than memory allows. */
export async function readFloats(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  samplesMax: number,
): Promise<Map<Series, FloatChunk[]>> {
  const samples = floatSamples(tenant, lane, interval, true)
  const byKey = seriesByKey(lane)
  const key = [sql`s`, sql`e`, sql`day`]
  const statement = selectNested(
    { ...samples, limit: samplesMax + 1 },
    [
      {
        columns: {
          s: sql`s`,
          e: sql`e`,
          day: sql`toDate(t)`,
          sorted: sql`arraySort(groupArray((toFloat64(toUnixTimestamp64Milli(t)), v)))`,
        },
        groupBy: key,
      },
      {
        columns: {
          s: sql`toString(s)`,
          e: sql`toString(e)`,
          times: hexOf(sql`sorted.1`),
          values: hexOf(sql`sorted.2`),
        },
        orderBy: key,
      },
    ],
    LINES_MAX,
  )
  const found = new Map<Series, FloatChunk[]>()
  let left = samplesMax
  for await (const rows of tenant.store.queries.stream<Row>(statement, tenant.run))
    for (const { s, e, times, values } of rows) {
      const chunk = { timesMs: doublesOf(times), values: doublesOf(values) }
      left -= chunk.timesMs.length
      if (left < 0) throw tooManySamples(samplesMax)
      const series = byKey.get(s)?.at(pointOf(e))
      if (series === undefined) continue
      const before = found.get(series)
      if (before === undefined) found.set(series, [chunk])
      else before.push(chunk)
    }
  return found
}

/** More days of series than samples there can not be. */
const LINES_MAX = 4_294_967_295

/** A bound or a quantile, as ClickHouse prints it. */
export function pointOf(text: string | number): number {
  return Number(String(text).replace('inf', 'Infinity'))
}
