import type { Subquery } from '../ast.ts'
import { PromqlLimitError } from '../error.ts'
import { ABSENT, FLOAT, type Grid, type GridSeries } from '../grid.ts'
import type { Histogram } from '../histogram/histogram.ts'
import type { StoredSeries } from '../source.ts'
import { type Context, instantOf, lengthMs, NO_HINTS } from './context.ts'
import type { RangeSeries } from './range.ts'
import type { SelectorTimes } from './selector-times.ts'
import { vectorOfScalar } from './value.ts'

/** The results of a subquery's operand, as samples at the multiples of its step. */
export async function subquerySamples(
  { operand, step }: Subquery,
  rangeMs: number,
  times: SelectorTimes,
  context: Context,
): Promise<RangeSeries[]> {
  const stepMs = step === undefined ? context.times.subqueryStepMs : lengthMs(step, context.times)
  const grid = subqueryGrid(times.firstMs - rangeMs, times.lastMs, stepMs)
  if (grid.count <= 0) return []
  if (grid.count > context.limits.samplesMax)
    throw new PromqlLimitError(
      `a subquery has ${grid.count} steps; at most ${context.limits.samplesMax} are allowed: take a larger step or a shorter range`,
    )
  // What it gives may have no series, and be as long nevertheless.
  context.budget.samples(grid.count)
  const value = await context.evaluate(operand, { grid, hints: NO_HINTS })
  if (value.kind === 'string') return []
  const { series } = value.kind === 'scalar' ? vectorOfScalar(value) : value
  return series.map((one) => ({ stored: samplesOf(one, grid), dropName: one.dropName }))
}

/** The multiples of the step in (afterMs, lastMs]. */
function subqueryGrid(afterMs: number, lastMs: number, stepMs: number): Grid {
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs
  return { startMs, stepMs, count: Math.floor((lastMs - startMs) / stepMs) + 1 }
}

/** The steps of a subquery may take one sample several times, or none: what it knew of the one before it is not theirs. */
function withoutReset(histogram: Histogram): Histogram {
  const { hint } = histogram
  return hint === 'reset' || hint === 'none' ? { ...histogram, hint: 'unknown' } : histogram
}

function samplesOf({ series, kinds, values, histograms }: GridSeries, grid: Grid): StoredSeries {
  let floats = 0
  let others = 0
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === FLOAT) floats++
    else if (kinds[i] !== ABSENT) others++
  }
  const floatTimes = new Float64Array(floats)
  const floatValues = new Float64Array(floats)
  const histogramTimes = new Float64Array(others)
  const histogramValues: Histogram[] = []
  for (let i = 0, at = 0; i < kinds.length; i++) {
    if (kinds[i] === FLOAT) {
      floatTimes[at] = instantOf(grid, i)
      floatValues[at++] = values[i]!
    } else if (kinds[i] !== ABSENT) {
      histogramTimes[histogramValues.length] = instantOf(grid, i)
      histogramValues.push(withoutReset(histograms![i]!))
    }
  }
  return {
    labels: series.labels,
    timesMs: floatTimes,
    values: floatValues,
    stale: undefined,
    histograms: others === 0 ? undefined : { timesMs: histogramTimes, values: histogramValues },
  }
}
