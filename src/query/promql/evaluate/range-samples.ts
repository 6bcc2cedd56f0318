import { seriesOf } from '../../logql/metrics/series.ts'
import type { MatrixSelector, Subquery } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import { withoutName } from '../functions/labels.ts'
import type { StoredSeries } from '../source.ts'
import { extendedSamples } from '../window/extended.ts'
import { Window } from '../window/window.ts'
import type { Context, Scope } from './context.ts'
import { rangesOf } from './range.ts'

/** What a range vector holds at the first instant: what an instant query for it answers. */
export async function rangeSamples(
  expr: MatrixSelector | Subquery,
  scope: Scope,
  context: Context,
): Promise<StoredSeries[]> {
  const { series, times, rangeMs, beforeMs, afterMs } = await rangesOf(expr, scope, context)
  const extension = expr.kind === 'matrix' ? expr.selector.extension : undefined
  const window = new Window()
  return series.flatMap(({ stored, dropName }) => {
    window.open(stored)
    window.startMs = times.firstMs - rangeMs
    window.endMs = times.firstMs
    window.moveTo(window.startMs - beforeMs, window.endMs + afterMs)
    const { from, to, histogramFrom, histogramTo, timesMs, values } = window
    if (window.floats + window.histogramCount === 0) return []
    if (extension !== undefined && window.histogramCount > 0)
      throw new PromqlEvaluationError(`${extension} modifier is not supported with histograms`)
    const extended = extension === undefined ? undefined : extendedSamples(window, extension)
    if (extension !== undefined && extended === undefined) return []
    const labels = dropName ? withoutName(seriesOf(stored.labels)).labels : stored.labels
    const histograms =
      stored.histograms === undefined
        ? undefined
        : {
            timesMs: stored.histograms.timesMs.slice(histogramFrom, histogramTo),
            values: stored.histograms.values.slice(histogramFrom, histogramTo),
          }
    return [
      {
        labels,
        timesMs: extended?.timesMs ?? timesMs.slice(from, to),
        values: extended?.values ?? values.slice(from, to),
        stale: undefined,
        histograms,
      },
    ]
  })
}
