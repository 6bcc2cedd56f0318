import type { GridAggregation, GridFunction } from '../../promql/source.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { OuterSelection } from '../../sql/select.ts'
import { MARK } from '../execute/doubles.ts'
import { lastMs, type Windows } from './shape.ts'
import type { GridFunctions } from './support.ts'

/** Grids by ClickHouse's own functions: an array per series, a place per instant, NULL where there is nothing. */

type Native = { readonly name: string; readonly call: (parameters: Fragment) => Fragment }

const RATE: Native = {
  name: 'timeSeriesRateToGrid',
  call: (parameters) => sql`timeSeriesRateToGrid(${parameters})(t, v)`,
}
const LAST: Native = {
  name: 'timeSeriesLastToGrid',
  call: (parameters) => sql`timeSeriesLastToGrid(${parameters})(t, v)`,
}
const NATIVE: Readonly<Partial<Record<GridFunction, Native>>> = {
  rate: RATE,
  increase: RATE,
  delta: {
    name: 'timeSeriesDeltaToGrid',
    call: (parameters) => sql`timeSeriesDeltaToGrid(${parameters})(t, v)`,
  },
  irate: {
    name: 'timeSeriesInstantRateToGrid',
    call: (parameters) => sql`timeSeriesInstantRateToGrid(${parameters})(t, v)`,
  },
  idelta: {
    name: 'timeSeriesInstantDeltaToGrid',
    call: (parameters) => sql`timeSeriesInstantDeltaToGrid(${parameters})(t, v)`,
  },
  last: LAST,
  last_over_time: LAST,
}

const instant = (ms: number): Fragment => sql`fromUnixTimestamp64Milli(${bind('Int64', ms)}, 'UTC')`
const seconds = (ms: number): Fragment => sql`${bind('Decimal64(3)', (ms / 1000).toFixed(3))}`

/** `s`, `e` and `g`, of samples with `s`, `e`, `t` and `v`; undefined where the server has no such function. */
export function nativeGrid(
  func: GridFunction,
  windows: Windows,
  functions: GridFunctions,
): OuterSelection | undefined {
  const native = NATIVE[func]
  if (native === undefined || !functions.has(native.name)) return undefined
  const { firstMs, stepMs, rangeMs } = windows
  const grid = native.call(
    sql`${instant(firstMs)}, ${instant(lastMs(windows))}, ${seconds(stepMs)}, ${seconds(rangeMs)}`,
  )
  return {
    columns: { s: sql`s`, e: sql`e`, g: afterwards(func, grid, rangeMs) },
    groupBy: [sql`s`, sql`e`],
  }
}

function afterwards(func: GridFunction, grid: Fragment, rangeMs: number): Fragment {
  // A sample that is stale hides the ones before it, and is none itself.
  if (func === 'last')
    return sql`arrayMap(x -> if(reinterpretAsUInt64(assumeNotNull(x)) = reinterpretAsUInt64(${MARK}), NULL, x), ${grid})`
  if (func === 'increase') return sql`arrayMap(x -> x * ${bind('Float64', rangeMs / 1000)}, ${grid})`
  return grid
}

/** One grid of the grids of a group; of an average the sums, beside which {@link COUNTED_GRID} stands. */
export function aggregatedGrid(op: GridAggregation): Fragment | undefined {
  switch (op) {
    case 'sum':
    case 'avg':
      return sql`arrayMap((kahan, plain) -> if(isFinite(kahan), kahan, plain), sumKahanForEach(g), sumForEach(g))`
    case 'count':
      return sql`arrayMap(n -> if(n = 0, NULL, toFloat64(n)), ${COUNTED_GRID})`
    case 'group':
      return sql`arrayMap(n -> if(n = 0, NULL, toFloat64(1)), ${COUNTED_GRID})`
    case 'min':
      return sql`arrayMap((least, n) -> if(isNull(least) AND n > 0, nan, least), minForEach(${WITHOUT_NAN}), ${COUNTED_GRID})`
    case 'max':
      return sql`arrayMap((most, n) -> if(isNull(most) AND n > 0, nan, most), maxForEach(${WITHOUT_NAN}), ${COUNTED_GRID})`
    default:
      return undefined
  }
}

export const COUNTED_GRID = sql`countForEach(g)`
/** 1 where sums have lost digits to terms that cancel out. */
export const CANCELLED_GRID = sql`arrayExists((magnitude, plain) -> magnitude > 1000 * abs(plain), sumForEach(arrayMap(x -> abs(x), g)), sumForEach(g))`

/** Of a group with numbers, those that are none don't count. */
const WITHOUT_NAN = sql`arrayMap(x -> if(isNaN(x), NULL, x), g)`
