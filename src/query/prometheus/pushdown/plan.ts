import type { GridAggregation, GridFunction, GridRequest } from '../../promql/source.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import type { OuterSelection } from '../../sql/select.ts'
import { hexOf, MARK } from '../execute/doubles.ts'
import type { Lane } from '../execute/lanes.ts'
import { numbered, seriesByKey } from '../execute/points.ts'
import { aggregatedValue, CANCELLED_VALUES, FAN_OUT_MAX, fannedOut } from './fan-out.ts'
import type { Groups } from './groups.ts'
import type { Windows } from './shape.ts'
import { aggregatedGrid, CANCELLED_GRID, COUNTED_GRID, nativeGrid } from './to-grid.ts'

/**
 * What is made of a lane's samples, SELECT around SELECT. The last one's rows have `id` (the series or the group), `e` (the bound
 * or quantile), `places`, `doubles` and `counts` (GridRow), and `doubt`: 1 where a sum can't be relied on.
 */
export type Plan = { readonly steps: ReadonlyArray<OuterSelection>; readonly native: boolean }

type Aggregation = { readonly op: GridAggregation; readonly groups: Groups }

/** Undefined where ClickHouse can't give what the evaluator would. */
export function planOf(
  lane: Lane,
  { func, aggregation }: GridRequest,
  windows: Windows,
  groups: Groups | undefined,
  functions: ReadonlySet<string>,
): Plan | undefined {
  const grouped =
    aggregation === undefined || groups === undefined ? undefined : { op: aggregation.op, groups }
  return nativePlan(lane, func, windows, grouped, functions) ?? fannedPlan(lane, func, windows, grouped)
}

/** Their values are never below zero, so their sums don't cancel out. */
const POSITIVE: ReadonlySet<GridFunction> = new Set([
  'rate',
  'increase',
  'irate',
  'changes',
  'resets',
  'count_over_time',
  'present_over_time',
])

const adds = (op: GridAggregation): boolean => op === 'sum' || op === 'avg'
const doubtOf = (op: GridAggregation, func: GridFunction, cancelled: Fragment): Fragment =>
  adds(op) && !POSITIVE.has(func) ? cancelled : sql`0`

/** The group of each series, in a SELECT whose rows have `s`. */
function groupNumber(lane: Lane, { numbers }: Groups): Fragment {
  const byKey = [...seriesByKey(lane)]
  return numbered(
    sql`s`,
    byKey.map(([key]) => key),
    byKey.map(([, { index }]) => numbers[index]!),
  )
}

const pointKey = ({ pointLabel }: Groups): Fragment => (pointLabel === undefined ? sql`toFloat64(0)` : sql`e`)
const NOTHING = { counts: sql`''`, doubt: sql`0` }

function nativePlan(
  lane: Lane,
  func: GridFunction,
  windows: Windows,
  aggregation: Aggregation | undefined,
  functions: ReadonlySet<string>,
): Plan | undefined {
  const grid = nativeGrid(func, windows, functions)
  if (grid === undefined) return undefined
  const doubles = hexOf(sql`arrayMap(x -> ifNull(x, ${MARK}), g)`)
  const places = sql`''`
  if (aggregation === undefined)
    return {
      native: true,
      steps: [grid, { columns: { id: sql`toString(s)`, e: sql`toString(e)`, places, doubles, ...NOTHING } }],
    }
  const { op, groups } = aggregation
  const whole = aggregatedGrid(op)
  if (whole === undefined) return undefined
  const counts = op === 'avg' ? hexOf(sql`arrayMap(count -> toFloat64(count), n)`) : sql`''`
  return {
    native: true,
    steps: [
      grid,
      { columns: { q: groupNumber(lane, groups), p: pointKey(groups), grid: sql`g` } },
      { columns: { q: sql`q`, p: sql`p`, g: sql`grid` } },
      {
        columns: {
          q: sql`q`,
          p: sql`p`,
          total: whole,
          n: COUNTED_GRID,
          doubt: doubtOf(op, func, CANCELLED_GRID),
        },
        groupBy: [sql`q`, sql`p`],
      },
      { columns: { q: sql`q`, p: sql`p`, g: sql`total`, n: sql`n`, doubt: sql`doubt` } },
      { columns: { id: sql`toString(q)`, e: sql`toString(p)`, places, doubles, counts, doubt: sql`doubt` } },
    ],
  }
}

function fannedPlan(
  lane: Lane,
  func: GridFunction,
  windows: Windows,
  aggregation: Aggregation | undefined,
): Plan | undefined {
  if (windows.count > 1 && windows.rangeMs > FAN_OUT_MAX * windows.stepMs) return undefined
  const values = fannedOut(func, windows)
  if (values === undefined) return undefined
  const columns = {
    places: hexOf(sql`groupArray(toFloat64(k))`),
    doubles: hexOf(sql`groupArray(y)`),
  }
  if (aggregation === undefined)
    return {
      native: false,
      steps: [
        ...values,
        {
          columns: {
            id: sql`toString(s)`,
            point: sql`toString(e)`,
            ...columns,
            counts: sql`''`,
            doubt: sql`max(d)`,
          },
          groupBy: [sql`s`, sql`e`],
        },
        RENAMED,
      ],
    }
  const { op, groups } = aggregation
  const whole = aggregatedValue(op)
  if (whole === undefined) return undefined
  const counts = op === 'avg' ? hexOf(sql`groupArray(toFloat64(n))`) : sql`''`
  return {
    native: false,
    steps: [
      ...values,
      { columns: { q: groupNumber(lane, groups), p: pointKey(groups), k: sql`k`, y: sql`y`, d: sql`d` } },
      {
        columns: {
          q: sql`q`,
          p: sql`p`,
          k: sql`k`,
          total: whole,
          n: sql`count()`,
          doubtful: sql`greatest(max(d), ${doubtOf(op, func, CANCELLED_VALUES)})`,
        },
        groupBy: [sql`q`, sql`p`, sql`k`],
      },
      { columns: { q: sql`q`, p: sql`p`, k: sql`k`, y: sql`total`, n: sql`n`, doubtful: sql`doubtful` } },
      {
        columns: {
          ...columns,
          id: sql`toString(q)`,
          point: sql`toString(p)`,
          counts,
          doubt: sql`max(doubtful)`,
        },
        groupBy: [sql`q`, sql`p`],
      },
      RENAMED,
    ],
  }
}

/** An alias that hides the column it is made of would be grouped by in its place. */
const RENAMED: OuterSelection = {
  columns: {
    id: sql`id`,
    e: sql`point`,
    places: sql`places`,
    doubles: sql`doubles`,
    counts: sql`counts`,
    doubt: sql`doubt`,
  },
}
