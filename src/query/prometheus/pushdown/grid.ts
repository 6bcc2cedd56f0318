import { SeriesWriter } from '../../promql/evaluate/value.ts'
import { PromqlLimitError } from '../../promql/error.ts'
import type { GridAnswer, GridRequest } from '../../promql/source.ts'
import type { Series } from '../../logql/metrics/series.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import { type OuterSelection, selectOver } from '../../sql/select.ts'
import { doublesOf, hexOf, MARK, marksOf } from '../execute/doubles.ts'
import { pointOf } from '../execute/float-series.ts'
import type { Lane } from '../execute/lanes.ts'
import { floatSamples, numbered, seriesByKey } from '../execute/points.ts'
import type { TenantRun } from '../execute/store.ts'
import { aggregatedValue, FAN_OUT_MAX, fannedOut } from './fan-out.ts'
import { type Groups, groupsOf } from './groups.ts'
import { seen, type Windows, windowsOf } from './shape.ts'
import { GRID_SETTINGS } from './support.ts'
import { aggregatedGrid, nativeGrid } from './to-grid.ts'

/** A row of an answer: `id` the series or the group, `places` the instants of its doubles where those are not all. */
type Row = {
  readonly id: string | number
  readonly e: string | number
  readonly places: string
  readonly doubles: string
}
type Plan = { readonly steps: ReadonlyArray<OuterSelection>; readonly native: boolean }

/**
 * A part of a query as ClickHouse computes it over the points of one lane; undefined where it can't give what the evaluator
 * would. `samplesMax` bounds the answer.
 */
export async function laneGrid(
  tenant: TenantRun,
  lane: Lane,
  request: GridRequest,
  samplesMax: number,
): Promise<GridAnswer | undefined> {
  const windows = windowsOf(request)
  const groups = request.aggregation && groupsOf(lane, request.aggregation.grouping)
  const functions = await tenant.store.support.functions(tenant.run)
  const plan = 
    nativePlan(lane, request, windows, groups, functions) ?? fannedPlan(lane, request, windows, groups)
  if (plan === undefined) return undefined
  const rowsMax = Math.floor(samplesMax / windows.count)
  const samples = floatSamples(tenant, lane, seen(windows), request.func === 'last')
  const statement = selectOver(samples, plan.steps, Math.min(rowsMax, ROWS_MAX) + 1)
  const run = plan.native ? { ...tenant.run, settings: GRID_SETTINGS } : tenant.run
  const byKey = seriesByKey(lane)
  const found: SeriesWriter[] = []
  const seriesOfRow = (row: Row): Series | undefined =>
    groups === undefined ? byKey.get(String(row.id))?.at(pointOf(row.e)) : groups.series(Number(row.id), row.e)
  for await (const rows of tenant.store.queries.stream<Row>(statement, run))
    for (const row of rows) {
      const series = seriesOfRow(row)
      if (series === undefined) continue
      if (found.length >= rowsMax) throw tooManyPoints(samplesMax)
      found.push(filled(new SeriesWriter(series, windows.count, false), row))
    }
  return { series: found.filter(({ filled: any }) => any), metricNames: namesOf(lane) }
}

const ROWS_MAX = 4_294_967_294

function tooManyPoints(samplesMax: number): PromqlLimitError {
  return new PromqlLimitError(
    `the query makes more than ${samplesMax} points: select fewer series, aggregate by fewer labels, or take a larger step`,
  )
}

const namesOf = ({ distinct }: Lane): string[] => [
  ...new Set(distinct.map(({ series }) => series.labels.get('__name__') ?? '')),
]

function filled(writer: SeriesWriter, { places, doubles }: Row): SeriesWriter {
  const values = doublesOf(doubles)
  const absent = marksOf(values)
  const steps = places === '' ? undefined : doublesOf(places)
  for (let i = 0; i < values.length; i++)
    if (absent === undefined || absent[i] === 0) writer.float(steps === undefined ? i : steps[i]!, values[i]!)
  return writer
}

/** The group of each series, in a SELECT whose rows have `s`. */
function groupNumber(lane: Lane, { numbers }: Groups): Fragment {
  const byKey = [...seriesByKey(lane)]
  return numbered(
    sql`s`,
    byKey.map(([key]) => key),
    byKey.map(([, { index }]) => numbers[index]!),
  )
}

function nativePlan(
  lane: Lane,
  { func, aggregation }: GridRequest,
  windows: Windows,
  groups: Groups | undefined,
  functions: ReadonlySet<string>,
): Plan | undefined {
  const grid = nativeGrid(func, windows, functions)
  if (grid === undefined) return undefined
  const doubles = hexOf(sql`arrayMap(x -> ifNull(x, ${MARK}), g)`)
  const places = sql`''`
  if (groups === undefined || aggregation === undefined)
    return {
      native: true,
      steps: [grid, { columns: { id: sql`toString(s)`, e: sql`toString(e)`, places, doubles } }],
    }
  const whole = aggregatedGrid(aggregation.op)
  if (whole === undefined) return undefined
  const e = groups.pointLabel === undefined ? sql`toFloat64(0)` : sql`e`
  return {
    native: true,
    steps: [
      grid,
      { columns: { q: groupNumber(lane, groups), p: e, g: sql`g` } },
      { columns: { q: sql`q`, p: sql`p`, g: whole }, groupBy: [sql`q`, sql`p`] },
      { columns: { id: sql`q`, e: sql`toString(p)`, places, doubles } },
    ],
  }
}

function fannedPlan(
  lane: Lane,
  { func, aggregation }: GridRequest,
  windows: Windows,
  groups: Groups | undefined,
): Plan | undefined {
  if (windows.count > 1 && windows.rangeMs > FAN_OUT_MAX * windows.stepMs) return undefined
  const values = fannedOut(func, windows)
  if (values === undefined) return undefined
  const columns = {
    e: sql`toString(e)`,
    places: hexOf(sql`groupArray(toFloat64(k))`),
    doubles: hexOf(sql`groupArray(y)`),
  }
  if (groups === undefined || aggregation === undefined)
    return {
      native: false,
      steps: [...values, { columns: { id: sql`toString(s)`, ...columns }, groupBy: [sql`s`, sql`e`] }],
    }
  const whole = aggregatedValue(aggregation.op)
  if (whole === undefined) return undefined
  const e = groups.pointLabel === undefined ? sql`toFloat64(0)` : sql`e`
  return {
    native: false,
    steps: [
      ...values,
      { columns: { q: groupNumber(lane, groups), p: e, k: sql`k`, y: sql`y` } },
      { columns: { q: sql`q`, p: sql`p`, k: sql`k`, y: whole }, groupBy: [sql`q`, sql`p`, sql`k`] },
      {
        columns: { ...columns, id: sql`q`, e: sql`toString(p)` },
        groupBy: [sql`q`, sql`p`],
      },
    ],
  }
}
