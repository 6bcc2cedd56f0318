import { labelsJson } from '../../labels-json.ts'
import type { InstantResult, MatrixSeries } from '../../logql/metrics/evaluate.ts'
import { secondsText, valueText } from './number.ts'

/** JSON of a result's samples, and the type that Loki calls it by. */
export type SamplesJson = {
  readonly resultType: 'vector' | 'matrix' | 'scalar'
  readonly parts: Iterable<string>
}

export function instantJson(result: InstantResult, timeNs: bigint): SamplesJson {
  const time = secondsText(timeNs)
  if (result.kind === 'scalar')
    return { resultType: 'scalar', parts: [`[${time},"${valueText(result.value)}"]`] }
  const samples = result.samples.map(
    ({ labels, value }) => `{"metric":${labelsJson(labels)},"value":[${time},"${valueText(value)}"]}`,
  )
  return { resultType: 'vector', parts: ['[', samples.join(','), ']'] }
}

export type GridTimes = { readonly startNs: bigint; readonly stepNs: bigint }

export function matrixJson(series: ReadonlyArray<MatrixSeries>, grid: GridTimes): SamplesJson {
  return { resultType: 'matrix', parts: matrixParts(series, grid) }
}

function* matrixParts(
  series: ReadonlyArray<MatrixSeries>,
  { startNs, stepNs }: GridTimes,
): Generator<string, void, undefined> {
  // The steps of all series are the same moments: each is written once.
  const times: string[] = []
  const timeOf = (step: number): string => {
    times[step] ??= secondsText(startNs + BigInt(step) * stepNs)
    return times[step]
  }
  let before = '['
  for (const { labels, points } of series) {
    const values = points.map(({ step, value }) => `[${timeOf(step)},"${valueText(value)}"]`)
    yield `${before}{"metric":${labelsJson(labels)},"values":[${values.join(',')}]}`
    before = ','
  }
  yield series.length === 0 ? '[]' : ']'
}
