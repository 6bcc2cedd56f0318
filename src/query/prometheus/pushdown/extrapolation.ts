import { bind, type Fragment, sql } from '../../sql/fragment.ts'

const FIRST = sql`argMin(x, ms)`
const SAMPLED = sql`((max(ms) - min(ms)) / 1000)`
const INTERVAL = sql`(${SAMPLED} / (count() - 1))`
/** Further from the window's edge than this many intervals, a series is taken to begin or end inside the window. */
const LIMIT = sql`(${INTERVAL} * 1.1)`
/** What the counter had counted before each reset; that before the first sample lies outside. */
const LOST = sql`(sum(if(x < px, px, 0)) - argMin(if(x < px, px, 0), ms))`

/** rate, increase and delta of a window of samples with `x` and `ms` (and `px`, the value before), as Prometheus extrapolates. */
export function counterRate(func: 'rate' | 'increase' | 'delta', endMs: Fragment, rangeMs: number): Fragment {
  const counter = func !== 'delta'
  const difference = sql`argMax(x, ms) - ${FIRST}`
  const increase = counter ? sql`(${difference} + ${LOST})` : sql`(${difference})`
  const edge = (distance: Fragment): Fragment =>
    sql`if(${distance} >= ${LIMIT}, ${INTERVAL} / 2, ${distance})`
  const before = edge(sql`((min(ms) - (${endMs} - ${bind('Int64', rangeMs)})) / 1000)`)
  // It can't have been below zero before.
  const sinceZero = sql`if(${increase} > 0 AND ${FIRST} >= 0, ${SAMPLED} * (${FIRST} / ${increase}), inf)`
  const reachBefore = counter ? sql`least(${before}, ${sinceZero})` : before
  const after = edge(sql`((${endMs} - max(ms)) / 1000)`)
  const reach = sql`((${SAMPLED} + ${reachBefore} + ${after}) / ${SAMPLED})`
  const divisor = func === 'rate' ? rangeMs / 1000 : 1
  return sql`if(count() < 2, NULL, ${increase} * (${reach} / ${bind('Float64', divisor)}))`
}
