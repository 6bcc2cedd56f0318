import { seriesOf } from '../../logql/metrics/series.ts'
import type { MatrixSelector, Subquery } from '../ast.ts'
import { withoutName } from '../functions/labels.ts'
import type { StoredSeries } from '../source.ts'
import { Window } from '../window/window.ts'
import type { Context, Scope } from './context.ts'
import { rangesOf } from './range.ts'

/** What a range vector holds at the first instant: what an instant query for it answers. */
export async function rangeSamples(
  expr: MatrixSelector | Subquery,
  scope: Scope,
  context: Context,
): Promise<StoredSeries[]> {
  const { series, times, rangeMs } = await rangesOf(expr, scope, context)
  const window = new Window()
  return series.flatMap(({ stored, dropName }) => {
    window.open(stored)
    window.moveTo(times.firstMs - rangeMs, times.firstMs)
    const { from, to, histogramFrom, histogramTo, timesMs, values } = window
    if (window.floats + window.histogramCount === 0) return []
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
        timesMs: timesMs.slice(from, to),
        values: values.slice(from, to),
        stale: undefined,
        histograms,
      },
    ]
  })
}
