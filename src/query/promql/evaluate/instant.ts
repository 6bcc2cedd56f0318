import { seriesOf } from '../../logql/metrics/series.ts'
import type { VectorSelector } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { SelectHints, SeriesSet, StoredSeries } from '../source.ts'
import type { Context, Scope } from './context.ts'
import { evaluatedAt, type SelectorTimes, selectorTimes } from './selector-times.ts'
import { fillSmoothed } from './smoothed.ts'
import { filledOf, SeriesWriter, type VectorValue } from './value.ts'

/** The sample itself, or when it was taken: in seconds, of any sample or, exactly and in ms, of floats alone. */
type Wanted = 'value' | 'timestamp' | 'float-ms'

/** The newest sample of each series that is no older than the lookback, at every instant; nothing behind a staleness marker. */
export async function instantVector(
  selector: VectorSelector,
  scope: Scope,
  context: Context,
  what: Wanted = 'value',
): Promise<VectorValue> {
  const { grid } = scope
  const times = selectorTimes(selector.modifiers, grid, context.times)
  const { lookbackMs } = context.times
  const smoothed = selector.extension === 'smoothed'
  const set = await select(selector, times, lookbackMs, smoothed ? lookbackMs : 0, scope, context, 0)
  context.budget.vector(set.length, grid)
  const writers: SeriesWriter[] = []
  for (const stored of set) {
    const due = context.breaths.due()
    if (due !== undefined) await due
    const writer = new SeriesWriter(seriesOf(stored.labels), grid.count, what === 'timestamp')
    if (smoothed) fillSmoothed(writer, withoutStale(stored), times, lookbackMs, context.notes, selector)
    else fillNewest(writer, stored, times, lookbackMs, what)
    writers.push(writer)
  }
  return { kind: 'vector', series: filledOf(writers) }
}

/** The stored samples that any instant of the grid may need. */
export async function select(
  selector: VectorSelector,
  times: SelectorTimes,
  beforeMs: number,
  afterMs: number,
  { grid, hints }: Scope,
  { source, budget }: Context,
  rangeMs: number,
): Promise<SeriesSet> {
  const full: SelectHints = { ...hints, stepMs: grid.stepMs, rangeMs }
  const set = await source.select({
    matchers: selector.matchers,
    startMs: times.firstMs - beforeMs,
    endMs: times.lastMs + afterMs,
    hints: full,
    samplesMax: budget.samplesLeft,
  })
  for (const { timesMs, histograms } of set)
    budget.samples(timesMs.length + (histograms?.timesMs.length ?? 0))
  return set
}

function fillNewest(
  writer: SeriesWriter,
  { timesMs, values, stale, histograms }: StoredSeries,
  times: SelectorTimes,
  lookbackMs: number,
  what: Wanted,
): void {
  const histogramTimesMs = histograms?.timesMs
  let float = -1
  let histogram = -1
  for (let step = 0; step < writer.kinds.length; step++) {
    const t = evaluatedAt(times, step)
    while (float + 1 < timesMs.length && timesMs[float + 1]! <= t) float++
    if (histogramTimesMs !== undefined)
      while (histogram + 1 < histogramTimesMs.length && histogramTimesMs[histogram + 1]! <= t) histogram++
    const floatMs = float < 0 ? Number.NEGATIVE_INFINITY : timesMs[float]!
    const histogramMs = histogram < 0 ? Number.NEGATIVE_INFINITY : histogramTimesMs![histogram]!
    const sampleMs = Math.max(floatMs, histogramMs)
    if (sampleMs <= t - lookbackMs) continue
    if (floatMs >= histogramMs && stale?.[float] === 1) continue
    if (what === 'timestamp') writer.float(step, sampleMs / 1000)
    else if (what === 'float-ms') {
      if (floatMs < histogramMs) throw new PromqlEvaluationError('info sample should be float')
      writer.float(step, floatMs)
    } else if (floatMs >= histogramMs) writer.float(step, values[float]!)
    else writer.histogram(step, histograms!.values[histogram]!)
  }
}

/** A series without its staleness markers, as ranges see it. */
export function withoutStale(stored: StoredSeries): StoredSeries {
  const { stale } = stored
  if (stale === undefined || !stale.includes(1)) return stored
  const keep = (_value: number, i: number): boolean => stale[i] !== 1
  return {
    ...stored,
    timesMs: stored.timesMs.filter(keep),
    values: stored.values.filter(keep),
    stale: undefined,
  }
}
