import { evaluate } from '../../src/query/promql/evaluate/evaluate.ts'
import { FLOAT, type GridSeries, HISTOGRAM } from '../../src/query/promql/grid.ts'
import { parse } from '../../src/query/promql/parse.ts'
import type { StoredSeries } from '../../src/query/promql/source.ts'
import type { Backend, Got, GotSamples, GotSeries, InstantMode, RangeMode } from './backend.ts'
import { MemorySource } from './memory-source.ts'
import type { LoadedSeries, Point } from './script.ts'

export const LOOKBACK_MS = 300_000
export const SUBQUERY_STEP_MS = 60_000

/** The evaluator over samples in memory, without any server. */
export class EvaluatorBackend implements Backend {
  readonly #source = new MemorySource()

  load(series: ReadonlyArray<LoadedSeries>): Promise<void> {
    this.#source.add(series)
    return Promise.resolve()
  }

  clear(): Promise<void> {
    this.#source.clear()
    return Promise.resolve()
  }

  evalInstant(query: string, { timeMs }: InstantMode): Promise<Got> {
    return this.#evaluate(query, timeMs, timeMs, 0)
  }

  evalRange(query: string, { startMs, endMs, stepMs }: RangeMode): Promise<Got> {
    return this.#evaluate(query, startMs, endMs, stepMs)
  }

  async #evaluate(query: string, startMs: number, endMs: number, stepMs: number): Promise<Got> {
    const options = {
      query,
      startMs,
      endMs,
      stepMs,
      lookbackMs: LOOKBACK_MS,
      subqueryStepMs: SUBQUERY_STEP_MS,
    }
    const result = await evaluate(parse(query), options, this.#source)
    const { warnings, infos } = result.annotations
    const notes = { warnings, infos }
    if (result.kind === 'string') return { kind: 'string', value: result.value, ...notes }
    if (result.kind === 'matrix') return { kind: 'samples', series: result.series.map(gotSamples), ...notes }
    if (result.kind === 'vector') return { kind: 'series', series: result.series.map(gotSeries), ...notes }
    if (stepMs === 0) return { kind: 'scalar', value: result.values[0]!, ...notes }
    return { kind: 'series', series: [{ labels: new Map(), points: [...result.values] }], ...notes }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function gotSamples({ labels, timesMs, values, histograms }: StoredSeries): GotSamples {
  const floats = Array.from(timesMs, (timeMs, i) => ({ timeMs, value: values[i]! }))
  const natives = Array.from(histograms?.timesMs ?? [], (timeMs, i) => ({
    timeMs,
    value: histograms!.values[i]!,
  }))
  return { labels, samples: [...floats, ...natives] }
}

function gotSeries({ series, kinds, values, histograms }: GridSeries): GotSeries {
  const points = Array.from(kinds, (kind, step): Point | undefined => {
    if (kind === FLOAT) return values[step]!
    return kind === HISTOGRAM ? histograms![step]! : undefined
  })
  return { labels: series.labels, points }
}
