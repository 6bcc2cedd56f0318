import { seriesOf } from '../../logql/metrics/series.ts'
import type { MatrixSelector, Subquery } from '../ast.ts'
import { FLOAT, type Grid, HISTOGRAM } from '../grid.ts'
import type { StoredSeries } from '../source.ts'
import { type Kernel, Window } from '../window/window.ts'
import { type Context, instantOf, lengthMs, type Scope } from './context.ts'
import { select, withoutStale } from './instant.ts'
import { evaluatedAt, type SelectorTimes, selectorTimes } from './selector-times.ts'
import { subquerySamples } from './subquery.ts'
import { filledOf, SeriesWriter, type VectorValue } from './value.ts'

/** A range vector before any function of it: the samples, and the windows that each instant sees. */
export type Ranges = {
  readonly series: ReadonlyArray<RangeSeries>
  readonly times: SelectorTimes
  readonly rangeMs: number
  /** How far windows reach beyond their range to both sides: of anchored and smoothed ones. */
  readonly beforeMs: number
  readonly afterMs: number
}
export type RangeSeries = { readonly stored: StoredSeries; readonly dropName: boolean }

export async function rangesOf(
  expr: MatrixSelector | Subquery,
  scope: Scope,
  context: Context,
): Promise<Ranges> {
  const rangeMs = lengthMs(expr.range, context.times)
  if (expr.kind === 'subquery') {
    const times = selectorTimes(expr.modifiers, scope.grid, context.times)
    const series = await subquerySamples(expr, rangeMs, times, context)
    return { series, times, rangeMs, beforeMs: 0, afterMs: 0 }
  }
  const { selector } = expr
  const { lookbackMs } = context.times
  const beforeMs = selector.extension === undefined ? 0 : lookbackMs
  const afterMs = selector.extension === 'smoothed' ? lookbackMs : 0
  const times = selectorTimes(selector.modifiers, scope.grid, context.times)
  const set = await select(selector, times, rangeMs + beforeMs, afterMs, scope, context, rangeMs)
  const series = set.map((stored) => ({ stored: withoutStale(stored), dropName: false }))
  return { series, times, rangeMs, beforeMs, afterMs }
}

/** A range function at every instant of the grid. */
export async function applyKernel(
  ranges: Ranges,
  kernel: Kernel,
  dropName: boolean,
  { grid }: Scope,
  { budget, breaths }: Context,
): Promise<VectorValue> {
  budget.vector(ranges.series.length, grid)
  const window = new Window()
  const writers: SeriesWriter[] = []
  for (const { stored, dropName: dropped } of ranges.series) {
    const due = breaths.due()
    if (due !== undefined) await due
    const writer = new SeriesWriter(seriesOf(stored.labels), grid.count, dropName || dropped)
    window.open(stored)
    fill(writer, window, kernel, ranges, grid)
    writers.push(writer)
  }
  return { kind: 'vector', series: filledOf(writers) }
}

function fill(writer: SeriesWriter, window: Window, kernel: Kernel, ranges: Ranges, grid: Grid): void {
  for (let step = 0; step < grid.count; step++) {
    moveWindow(window, ranges, step)
    window.instantMs = instantOf(grid, step)
    const kind = kernel(window)
    if (kind === FLOAT) writer.float(step, window.value)
    else if (kind === HISTOGRAM) writer.histogram(step, window.histogram!)
  }
}

function moveWindow(window: Window, { times, rangeMs, beforeMs, afterMs }: Ranges, step: number): void {
  const endMs = evaluatedAt(times, step)
  window.step = step
  window.endMs = endMs
  window.startMs = endMs - rangeMs
  window.moveTo(window.startMs - beforeMs, endMs + afterMs)
}
