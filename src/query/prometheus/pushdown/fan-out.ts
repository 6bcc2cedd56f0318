import type { GridAggregation, GridFunction } from '../../promql/source.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { OuterSelection } from '../../sql/select.ts'
import { MARK } from '../execute/doubles.ts'
import { counterRate } from './extrapolation.ts'
import type { Windows } from './shape.ts'

/** Grids in SQL that every server has: each sample goes to the windows that see it, and those are grouped. */

/** Windows that may see one sample: beyond it, reading the samples is cheaper. */
export const FAN_OUT_MAX = 60

/** Samples, each time once; then, where the function looks at it, the value and the time before each. */
function preparedSamples(func: GridFunction): OuterSelection[] {
  const once: OuterSelection = {
    columns: { s: sql`s`, e: sql`e`, ms: sql`toUnixTimestamp64Milli(t)`, x: sql`max(v)` },
    groupBy: [sql`s`, sql`e`, sql`t`],
  }
  if (!NEEDS_PREVIOUS.has(func)) return [once]
  const before = sql`OVER (PARTITION BY s, e ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`
  return [
    once,
    {
      columns: {
        s: sql`s`,
        e: sql`e`,
        ms: sql`ms`,
        x: sql`x`,
        px: sql`lagInFrame(x, 1, x) ${before}`,
        pms: sql`lagInFrame(ms, 1, ms) ${before}`,
      },
    },
  ]
}

const NEEDS_PREVIOUS: ReadonlySet<GridFunction> = new Set([
  'rate',
  'increase',
  'irate',
  'idelta',
  'changes',
  'resets',
])

const ADDS: ReadonlySet<GridFunction> = new Set(['sum_over_time', 'avg_over_time'])
/** 1 where a sum overflows, or has lost digits to terms that cancel out. */
const UNSURE = sql`(sum(abs(x)) > 1000 * abs(sum(x))) OR (NOT isFinite(sum(x)) AND countIf(NOT isFinite(x)) = 0)`

/** `s`, `e`, the window `k`, its value `y`, and `d`: 1 where that can't be relied on. Undefined where the function is not computed so. */
export function fannedOut(func: GridFunction, windows: Windows): ReadonlyArray<OuterSelection> | undefined {
  const value = windowValue(func, windows)
  if (value === undefined) return undefined
  const { firstMs, stepMs, count, rangeMs } = windows
  const after = sql`((ms - ${bind('Int64', firstMs)}) / ${bind('Float64', stepMs)})`
  const first = sql`greatest(0, toInt64(ceil(${after})))`
  const end = sql`least(${bind('Int64', count)}, toInt64(ceil(${after} + ${bind('Float64', rangeMs / stepMs)})))`
  const previous = NEEDS_PREVIOUS.has(func) ? { px: sql`px`, pms: sql`pms` } : {}
  return [
    ...preparedSamples(func),
    {
      columns: {
        s: sql`s`,
        e: sql`e`,
        ms: sql`ms`,
        x: sql`x`,
        ...previous,
        k: sql`arrayJoin(range(${first}, ${end}))`,
      },
    },
    {
      columns: { s: sql`s`, e: sql`e`, k: sql`k`, value, d: ADDS.has(func) ? UNSURE : sql`0` },
      groupBy: [sql`s`, sql`e`, sql`k`],
    },
    {
      columns: { s: sql`s`, e: sql`e`, k: sql`k`, d: sql`d`, y: sql`assumeNotNull(value)` },
      where: [sql`isNotNull(value)`],
    },
  ]
}

/** Compensated; where that is no number, as plain as it comes. */
const total = (x: Fragment): Fragment => sql`if(isFinite(sumKahan(${x})), sumKahan(${x}), sum(${x}))`
/** Those that are no numbers don't count beside others. */
const least = (x: Fragment): Fragment => sql`ifNull(minOrNullIf(${x}, NOT isNaN(${x})), nan)`
const most = (x: Fragment): Fragment => sql`ifNull(maxOrNullIf(${x}, NOT isNaN(${x})), nan)`
/** Of pairs that lie in the window: the first sample's partner lies before it. */
const countedPairs = (condition: Fragment): Fragment =>
  sql`toFloat64(countIf(${condition}) - argMin(toInt64(${condition}), ms))`

function windowValue(func: GridFunction, { firstMs, stepMs, rangeMs }: Windows): Fragment | undefined {
  const endMs = sql`(${bind('Int64', firstMs)} + k * ${bind('Int64', stepMs)})`
  switch (func) {
    case 'last':
      return sql`if(reinterpretAsUInt64(argMax(x, ms)) = reinterpretAsUInt64(${MARK}), NULL, argMax(x, ms))`
    case 'last_over_time':
      return sql`argMax(x, ms)`
    case 'first_over_time':
      return sql`argMin(x, ms)`
    case 'sum_over_time':
      return total(sql`x`)
    case 'avg_over_time':
      return sql`${total(sql`x`)} / count()`
    case 'count_over_time':
      return sql`toFloat64(count())`
    case 'present_over_time':
      return sql`toFloat64(1)`
    case 'min_over_time':
      return least(sql`x`)
    case 'max_over_time':
      return most(sql`x`)
    case 'changes':
      return countedPairs(sql`(x != px AND NOT (isNaN(x) AND isNaN(px)))`)
    case 'resets':
      return countedPairs(sql`(x < px)`)
    case 'irate':
      return sql`if(count() < 2, NULL, (argMax(x, ms) - if(argMax(x, ms) < argMax(px, ms), 0, argMax(px, ms))) / ((max(ms) - argMax(pms, ms)) / 1000))`
    case 'idelta':
      return sql`if(count() < 2, NULL, argMax(x, ms) - argMax(px, ms))`
    case 'rate':
    case 'increase':
    case 'delta':
      return counterRate(func, endMs, rangeMs)
    default:
      return undefined
  }
}

/** 1 where sums have lost digits to terms that cancel out. */
export const CANCELLED_VALUES = sql`sum(abs(y)) > 1000 * abs(sum(y))`

/** One value of the values of a group in a window; of an average the sum. */
export function aggregatedValue(op: GridAggregation): Fragment | undefined {
  switch (op) {
    case 'sum':
    case 'avg':
      return total(sql`y`)
    case 'count':
      return sql`toFloat64(count())`
    case 'group':
      return sql`toFloat64(1)`
    case 'min':
      return least(sql`y`)
    case 'max':
      return most(sql`y`)
    default:
      return undefined
  }
}
