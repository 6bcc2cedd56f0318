import { ApiError } from '../../errors.ts'
import type { MetricExpr } from '../../logql/ast.ts'
import type { MetricNode } from '../../logql/metrics/node.ts'
import { plan } from '../../logql/metrics/plan.ts'
import type { EvaluationLimits, Grid, LogSource } from '../../logql/metrics/source.ts'
import { instant } from '../../sql/conditions.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { type AttributeReading, LabelValues } from './pushdown/label-value.ts'
import {
  type Buckets,
  bucketsOf,
  needsWholeWindows,
  type RangeShape,
  rangeColumns,
} from './pushdown/range.ts'
import { pushStages } from './pushdown/stages.ts'
import { type BucketRow, Windows } from './pushdown/windows.ts'
import type { Query } from './query.ts'
import { ofSelection, type Selection } from './selection.ts'

/** Rows of an aggregation's answer: buckets times series. */
const BUCKET_ROWS_MAX = 3_000_000

type Parts = {
  readonly query: Query
  readonly expr: MetricExpr
  readonly shape: RangeShape
  readonly grid: Grid
  readonly source: LogSource
  readonly limits: EvaluationLimits
}

/**
 * A range aggregation, perhaps with the one above it, that ClickHouse computes; undefined if the shape alone forbids it.
 * Where its labels or values turn out not to be SQL's to tell, it is evaluated here after all: the answer is the same.
 */
export function sqlNode(parts: Parts): MetricNode | undefined {
  const { shape, grid } = parts
  const buckets = bucketsOf(grid, shape.range)
  if (buckets === undefined) return undefined
  if (needsWholeWindows(shape.measure) && buckets.perWindow > 1) return undefined
  let node: Promise<MetricNode> | undefined
  return {
    async at(step) {
      node ??= resolve(parts, buckets)
      return (await node).at(step)
    },
    async close() {
      if (node !== undefined) await (await node).close()
    },
  }
}

async function resolve(parts: Parts, buckets: Buckets): Promise<MetricNode> {
  const windows = await readWindows(parts, buckets)
  if (windows !== undefined) return { at: (step) => windows.vector(step), close: () => Promise.resolve() }
  const { expr, grid, source, limits } = parts
  return plan(expr, grid, { open: source.open }, limits)
}

/** Undefined where the evaluator has to do it. */
async function readWindows(parts: Parts, buckets: Buckets): Promise<Windows | undefined> {
  const { query, shape } = parts
  const { range, by } = shape
  const selection = await query.select(range.range.selector, buckets.lowNs + 1n, buckets.highNs)
  const { groupedAttributes } = query.store
  if (!groupedAttributes.were(selection.tenantIds, by)) {
    const read = await readGroups(parts, buckets, selection, 'assumed-absent')
    if (read !== 'misgrouped') return read
    groupedAttributes.add(selection.tenantIds, by)
  }
  const read = await readGroups(parts, buckets, selection, 'read')
  return read === 'misgrouped' ? undefined : read
}

/** `misgrouped`: rows have attributes that name their groups, which `reading` assumed they had not. */
async function readGroups(
  { query, shape, grid, limits }: Parts,
  buckets: Buckets,
  selection: Selection,
  reading: AttributeReading,
): Promise<Windows | 'misgrouped' | undefined> {
  const { store, meter, run } = query
  const { range } = shape.range
  const windows = new Windows(shape, buckets, grid.count, limits.rangeSeriesMax)
  if (selection.resources.length === 0) return windows
  const labels = new LabelValues(store, selection)
  const pushed = pushStages(store, range.stages, (name) => labels.get(name))
  if (!pushed.exact) return undefined
  const groupLabels = new LabelValues(store, selection, reading)
  const asked = rangeColumns(store.logs, shape, buckets, { labels, groupLabels }, pushed.doubt)
  if (asked === undefined) return undefined
  const time = store.logs.column('Timestamp')
  const { tenantIds } = selection
  const statement = select({
    from: store.logs,
    tenantId: tenantIds.length === 1 ? tenantIds[0]! : tenantIds,
    columns: asked.columns,
    where: [
      sql`${time} > ${instant(buckets.lowNs)}`,
      sql`${time} <= ${instant(buckets.highNs)}`,
      ...ofSelection(store, selection),
      ...pushed.conditions,
      ...asked.conditions,
    ],
    groupBy: asked.groupBy,
    limit: BUCKET_ROWS_MAX,
  })
  let rows = 0
  for await (const chunk of store.queries.stream<BucketRow>(statement, meter.statement(run)))
    for (const row of chunk) {
      if (row.doubtful !== 0) return undefined
      if (row.misgrouped !== 0) return 'misgrouped'
      if (++rows === BUCKET_ROWS_MAX) throw tooMany()
      windows.add(row)
    }
  query.planned(shape.range, 'sql', range.stages.length)
  return windows
}

function tooMany(): ApiError {
  return new ApiError(
    'query_too_large',
    'The query has too many series for so many steps: group by fewer labels, filter more, or take a larger step.',
  )
}
