import type { Series } from '../../logql/metrics/series.ts'
import { combined } from '../../promql/histogram/arithmetic.ts'
import type { Histogram } from '../../promql/histogram/histogram.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { marks } from './doubles.ts'
import { type FloatChunk, tooManySamples } from './float-series.ts'
import type { Lane } from './lanes.ts'
import { type NativeRow, nativeReader } from './native-rows.ts'
import { pointConditions, seriesByKey, seriesKey, stale } from './points.ts'
import type { Interval, TenantRun } from './store.ts'

export type NativeSamples = {
  readonly timesMs: Float64Array
  readonly values: ReadonlyArray<Histogram>
  /** Staleness markers, which stand among floats; undefined where there is none. */
  readonly stale: FloatChunk | undefined
}
type Own = { readonly samples: Map<number, Histogram>; readonly staleMs: number[] }

type Row = NativeRow & { readonly s: string; readonly t: string; readonly stale: 0 | 1 }

/** Native histograms of a lane, by series, in the order of their times. */
export async function readNative(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  samplesMax: number,
): Promise<Map<Series, NativeSamples>> {
  const points = tenant.store.points[lane.table]
  const reader = nativeReader(lane.table)
  const statement = select({
    from: points,
    tenantId: tenant.tenantId,
    columns: {
      s: sql`toString(${seriesKey(points, lane)})`,
      t: sql`toString(toUnixTimestamp64Milli(toDateTime64(${points.column('TimeUnix')}, 3, 'UTC')))`,
      stale: stale(points),
      ...reader.columns(points),
    },
    where: pointConditions(points, lane, interval),
    orderBy: [points.column('TimeUnix')],
    limit: Math.min(samplesMax, ROWS_MAX) + 1,
  })
  const byKey = seriesByKey(lane)
  const found = new Map<Series, Own>()
  let left = samplesMax
  for await (const rows of tenant.store.queries.stream<Row>(statement, tenant.run))
    for (const row of rows) {
      if (--left < 0) throw tooManySamples(samplesMax)
      const series = byKey.get(row.s)?.series
      if (series === undefined) continue
      const own: Own = found.get(series) ?? { samples: new Map(), staleMs: [] }
      found.set(series, own)
      if (row.stale === 1) own.staleMs.push(Number(row.t))
      else own.samples.set(Number(row.t), reader.histogram(row))
    }
  return new Map([...found].map(([series, own]) => [series, samplesOf(own, lane)]))
}

const ROWS_MAX = 4_294_967_294

/** Of a delta series each is an increase: added up, from the beginning of what was read. */
function samplesOf({ samples, staleMs }: Own, { delta, gauge }: Lane): NativeSamples {
  const values = [...samples.values()].map((value) => (gauge ? { ...value, hint: 'gauge' as const } : value))
  if (delta)
    for (let i = 1; i < values.length; i++)
      values[i] = { ...combined(values[i - 1]!, values[i]!, 1).histogram, hint: 'none' }
  return { timesMs: Float64Array.from(samples.keys()), values, stale: markedAt(staleMs) }
}

/** Samples of one series from two lanes, in the order of their times. */
export function mergedNative(a: NativeSamples | undefined, b: NativeSamples): NativeSamples {
  if (a === undefined) return b
  const all = [a, b].flatMap(({ timesMs, values }) => values.map((value, i) => ({ ms: timesMs[i]!, value })))
  all.sort((one, other) => one.ms - other.ms)
  const staleMs = [a, b].flatMap(({ stale }) => [...(stale?.timesMs ?? [])]).sort((one, other) => one - other)
  return {
    timesMs: Float64Array.from(all, ({ ms }) => ms),
    values: all.map(({ value }) => value),
    stale: markedAt(staleMs),
  }
}

function markedAt(timesMs: ReadonlyArray<number>): FloatChunk | undefined {
  if (timesMs.length === 0) return undefined
  return { timesMs: Float64Array.from(timesMs), values: marks(timesMs.length) }
}
