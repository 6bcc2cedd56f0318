import type { Series } from '../../logql/metrics/series.ts'
import { PromqlLimitError } from '../../promql/error.ts'
import type { GridAnswer, GridRequest } from '../../promql/source.ts'
import { selectNested } from '../../sql/select.ts'
import { NAME_LABEL } from '../execute/catalog.ts'
import { pointOf } from '../execute/float-series.ts'
import type { Lane, LaneSeries } from '../execute/lanes.ts'
import { floatSamples, seriesByKey } from '../execute/points.ts'
import type { TenantRun } from '../execute/store.ts'
import { type Groups, groupsOf } from './groups.ts'
import { GridMerge, type GridRow } from './merge.ts'
import { planOf } from './plan.ts'
import { seen, windowsOf } from './shape.ts'
import { sideBySide } from './side-by-side.ts'
import { slicesOf } from './slices.ts'
import { GRID_SETTINGS, WHOLE_STATES } from './support.ts'

type Row = GridRow & { readonly id: string; readonly e: string; readonly doubt: number }

/**
 * A part of a query as ClickHouse computes it over the points of one lane; undefined where it can't give what the evaluator
 * would. `samplesMax` bounds the points of the answer.
 */
export async function laneGrid(
  tenant: TenantRun,
  lane: Lane,
  request: GridRequest,
  samplesMax: number,
): Promise<GridAnswer | undefined> {
  const windows = windowsOf(request)
  const { aggregation, func } = request
  const groups = aggregation && groupsOf(lane, aggregation.grouping)
  const functions = await tenant.store.support.functions(tenant.run)
  // Whether there is a plan does not depend on the slice.
  if (planOf(lane, request, windows, groups, functions) === undefined) return undefined
  const rowsMax = Math.min(Math.floor(samplesMax / windows.count), ROWS_MAX)
  const merge = new GridMerge(windows.count, aggregation?.op)
  const sharing = await tenant.store.support.sharing(tenant.run)
  const slices = await slicesOf(tenant, lane, seen(windows), sharing.atOnce)
  const shared = slices.length > 1 ? { max_threads: sharing.threads } : {}
  const all = await sideBySide(slices, sharing.atOnce, tenant.run.signal, async (slice, signal) => {
    const plan = planOf(slice, request, windows, groups, functions)!
    const samples = floatSamples(tenant, slice, seen(windows), func === 'last')
    const statement = selectNested(samples, plan.steps, rowsMax + 1)
    const settings = { ...shared, ...(plan.native ? { ...GRID_SETTINGS, ...WHOLE_STATES } : {}) }
    const seriesOf = naming(seriesByKey(slice), groups)
    for await (const rows of tenant.store.queries.stream<Row>(statement, { ...tenant.run, signal, settings }))
      for (const row of rows) {
        const series = seriesOf(row)
        if (series === undefined) continue
        if (row.doubt !== 0) return false
        merge.add(series, row)
        if (merge.size > rowsMax) throw tooManyPoints(samplesMax)
      }
    return true
  })
  if (!all) return undefined
  const series = merge.vector()
  return series && { series, metricNames: namesOf(lane) }
}

const ROWS_MAX = 4_294_967_294

function naming(
  byKey: ReadonlyMap<string, LaneSeries>,
  groups: Groups | undefined,
): (row: Row) => Series | undefined {
  if (groups === undefined) return ({ id, e }) => byKey.get(id)?.at(pointOf(e))
  return ({ id, e }) => groups.series(Number(id), e)
}

function tooManyPoints(samplesMax: number): PromqlLimitError {
  return new PromqlLimitError(
    `the query makes more than ${samplesMax} points: select fewer series, aggregate by fewer labels, or take a larger step`,
  )
}

const namesOf = ({ distinct }: Lane): string[] => [
  ...new Set(distinct.map(({ series }) => series.labels.get(NAME_LABEL) ?? '')),
]
