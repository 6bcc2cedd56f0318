import type { Series } from '../../logql/metrics/series.ts'
import type { Labels } from '../../logql/record.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { pointOf, tooManySamples } from './float-series.ts'
import { type Lane, type LaneSeries, lanesOf } from './lanes.ts'
import { pointConditions, seriesByKey, seriesKey } from './points.ts'
import { selectSeries } from './series.ts'
import { withTenant } from './source.ts'
import type { Interval, TenantRun } from './store.ts'

export type Exemplar = { readonly labels: Labels; readonly value: number; readonly timeMs: number }
export type SeriesExemplars = { readonly labels: Labels; readonly exemplars: ReadonlyArray<Exemplar> }

const SERIES_MAX = 10_000
/** Exemplars of one answer, of one tenant. */
const EXEMPLARS_MAX = 100_000

type Row = {
  readonly s: string
  readonly ms: string
  readonly value: string
  readonly trace: string
  readonly span: string
  readonly keys: ReadonlyArray<string>
  readonly values: ReadonlyArray<string>
}

/** Exemplars of one tenant's series that any of the selectors means, those of a series in the order of their times. */
export async function selectExemplars(
  tenant: TenantRun,
  interval: Interval,
  selectors: ReadonlyArray<ReadonlyArray<LabelMatcher>>,
  several: boolean,
): Promise<SeriesExemplars[]> {
  const found = new Map<string, { series: Series; exemplars: Exemplar[] }>()
  for (const matchers of selectors)
    for (const lane of lanesOf(await selectSeries(tenant, interval, matchers, SERIES_MAX)).filter(
      hasExemplars,
    ))
      for (const [series, exemplars] of await laneExemplars(tenant, lane, interval))
        if (!found.has(series.key)) found.set(series.key, { series, exemplars })
  return [...found.values()].map(({ series: { labels }, exemplars }) => ({
    labels: several ? withTenant(labels, tenant.tenantId) : labels,
    exemplars,
  }))
}

/** As Prometheus' receiver has it: what a histogram or a summary sums up is no place of an exemplar. */
function hasExemplars({ part }: Lane): boolean {
  return part === 'value' || part === 'bucket' || part === 'native'
}

async function laneExemplars(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
): Promise<Map<Series, Exemplar[]>> {
  const { store, tenantId, run } = tenant
  const rows = store.exemplars
  const statement = select({
    from: rows,
    tenantId,
    columns: {
      s: sql`toString(${seriesKey(rows, lane)})`,
      ms: sql`toString(toUnixTimestamp64Milli(toDateTime64(${rows.column('ExemplarTime')}, 3, 'UTC')))`,
      value: sql`toString(${rows.column('Value')})`,
      trace: rows.idText('TraceId'),
      span: rows.idText('SpanId'),
      keys: sql`mapKeys(${rows.column('FilteredAttributes')})`,
      values: sql`mapValues(${rows.column('FilteredAttributes')})`,
    },
    where: pointConditions(rows, { ...lane, part: 'value' }, interval),
    orderBy: [rows.column('ExemplarTime')],
    limit: EXEMPLARS_MAX + 1,
  })
  const byKey = seriesByKey(lane)
  const bounds = lane.part === 'bucket' ? await laneBounds(tenant, lane, interval) : undefined
  const found = new Map<Series, Exemplar[]>()
  let count = 0
  for await (const chunk of store.queries.stream<Row>(statement, run))
    for (const row of chunk) {
      if (++count > EXEMPLARS_MAX) throw tooManySamples(EXEMPLARS_MAX)
      const exemplar = exemplarOf(row, store.translation.label)
      const series = seriesOf(byKey.get(row.s), bounds?.get(row.s), exemplar.value)
      if (series === undefined) continue
      const own = found.get(series) ?? []
      found.set(series, own)
      own.push(exemplar)
    }
  return found
}

/** The newest upper bounds of each histogram, ascending. */
async function laneBounds(
  { store, tenantId, run }: TenantRun,
  lane: Lane,
  interval: Interval,
): Promise<Map<string, ReadonlyArray<number>>> {
  const points = store.points[lane.table]
  const key = seriesKey(points, lane)
  const statement = select({
    from: points,
    tenantId,
    columns: {
      s: sql`toString(${key})`,
      bounds: sql`argMax(${points.column('ExplicitBounds')}, ${points.column('TimeUnix')})`,
    },
    where: pointConditions(points, lane, interval),
    groupBy: [key],
    limit: SERIES_MAX,
  })
  const rows = await store.queries.rows<{ s: string; bounds: ReadonlyArray<number> }>(statement, run)
  return new Map(rows.map(({ s, bounds }) => [s, bounds]))
}

/** Of a histogram's buckets the smallest that holds the value; `bounds` are undefined of what has none. */
function seriesOf(
  target: LaneSeries | undefined,
  bounds: ReadonlyArray<number> | undefined,
  value: number,
): Series | undefined {
  if (bounds === undefined) return target?.series
  return target?.at(bounds.find((bound) => value <= bound) ?? Number.POSITIVE_INFINITY)
}

function exemplarOf(row: Row, label: (attribute: string) => string): Exemplar {
  const labels = new Map<string, string>()
  row.keys.forEach((key, i) => {
    labels.set(label(key), row.values[i]!)
  })
  if (row.trace !== '') labels.set('trace_id', row.trace)
  if (row.span !== '') labels.set('span_id', row.span)
  return { labels, value: pointOf(row.value), timeMs: Number(row.ms) }
}
