import { MemorySource } from '../../../conformance/promql/memory-source.ts'
import { parseScript } from '../../../conformance/promql/parse-script.ts'
import { type EvaluationResult, evaluate } from '../../../src/query/promql/evaluate/evaluate.ts'
import { FLOAT, HISTOGRAM } from '../../../src/query/promql/grid.ts'
import type { Histogram } from '../../../src/query/promql/histogram/histogram.ts'
import type { EvaluationLimits } from '../../../src/query/promql/limits.ts'
import { parse } from '../../../src/query/promql/parse.ts'
import type { SeriesSource } from '../../../src/query/promql/source.ts'

/** The series of a `load` command of a script. */
export function loaded(load: string): MemorySource {
  const source = new MemorySource()
  for (const command of parseScript(load)) if (command.kind === 'load') source.add(command.series)
  return source
}

export type Times = { readonly startMs: number; readonly endMs: number; readonly stepMs: number }

export function ask(
  query: string,
  source: SeriesSource,
  times: Times,
  limits?: EvaluationLimits,
): Promise<EvaluationResult> {
  const options = { query, ...times, lookbackMs: 300_000, subqueryStepMs: 60_000 }
  return evaluate(parse(query), limits === undefined ? options : { ...options, limits }, source)
}

/** The points of each series by its labels, undefined where there is none. */
export function pointsOf(result: EvaluationResult): Map<string, Array<number | Histogram | undefined>> {
  if (result.kind !== 'vector') throw new Error(`a ${result.kind} is no vector`)
  return new Map(
    result.series.map(({ series, kinds, values, histograms }) => [
      [...series.labels].map(([name, value]) => `${name}=${value}`).join(','),
      Array.from(kinds, (kind, step) => {
        if (kind === FLOAT) return values[step]!
        return kind === HISTOGRAM ? histograms![step] : undefined
      }),
    ]),
  )
}
