import { JSON_TYPE } from '../../http/media-type.ts'
import { labelsJson } from '../../labels-json.ts'
import type { EvaluationResult } from '../../promql/evaluate/evaluate.ts'
import { ABSENT, FLOAT, type Grid, type GridSeries } from '../../promql/grid.ts'
import type { Histogram } from '../../promql/histogram/histogram.ts'
import { printValue } from '../../promql/histogram/text.ts'
import type { StoredSeries } from '../../promql/source.ts'
import type { ApiResponse } from '../../route.ts'
import { histogramJson } from './histogram.ts'

const CHUNK_CHARACTERS = 64 * 1024

const secondsOf = (ms: number): string => String(ms / 1000)
const sample = (ms: number, value: number): string => `[${secondsOf(ms)},"${printValue(value)}"]`
const histogramSample = (ms: number, histogram: Histogram): string =>
  `[${secondsOf(ms)},${histogramJson(histogram)}]`

/** The answer of query and query_range, sent piece by piece as the client takes it. */
export function resultResponse(result: EvaluationResult, range: boolean, limit: number): ApiResponse {
  const { warnings, infos } = result.annotations
  const cut =
    limit > 0 && (result.kind === 'vector' || result.kind === 'matrix') && result.series.length > limit
  const all = cut ? [...warnings, 'results truncated due to limit'] : warnings
  const notes =
    (all.length === 0 ? '' : `,"warnings":${JSON.stringify(all)}`) +
    (infos.length === 0 ? '' : `,"infos":${JSON.stringify(infos)}`)
  const { type, parts } = resultParts(result, range, cut ? limit : Number.POSITIVE_INFINITY)
  return {
    status: 200,
    contentType: JSON_TYPE,
    body: inChunks(`{"status":"success","data":{"resultType":"${type}","result":`, parts, `}${notes}}\n`),
  }
}

type Parts = { readonly type: 'scalar' | 'string' | 'vector' | 'matrix'; readonly parts: Iterable<string> }

function resultParts(result: EvaluationResult, range: boolean, limit: number): Parts {
  const { grid } = result
  switch (result.kind) {
    case 'string':
      return { type: 'string', parts: [`[${secondsOf(grid.startMs)},${JSON.stringify(result.value)}]`] }
    case 'scalar':
      return range
        ? { type: 'matrix', parts: listed(scalarMatrix(result.values, grid), 1) }
        : { type: 'scalar', parts: [sample(grid.startMs, result.values[0]!)] }
    case 'vector':
      return range
        ? { type: 'matrix', parts: listed(matrix(result.series, grid), limit) }
        : { type: 'vector', parts: listed(vector(result.series, grid), limit) }
    case 'matrix':
      return { type: 'matrix', parts: listed(ranges(result.series), limit) }
  }
}

function* scalarMatrix(values: Float64Array, { startMs, stepMs }: Grid): Generator<string> {
  const samples = Array.from(values, (value, step) => sample(startMs + step * stepMs, value))
  yield `{"metric":{},"values":[${samples.join(',')}]}`
}

function* vector(series: ReadonlyArray<GridSeries>, { startMs }: Grid): Generator<string> {
  for (const { series: of, kinds, values, histograms } of series) {
    if (kinds[0] === ABSENT) continue
    const value =
      kinds[0] === FLOAT
        ? `"value":${sample(startMs, values[0]!)}`
        : `"histogram":${histogramSample(startMs, histograms![0]!)}`
    yield `{"metric":${labelsJson(of.labels)},${value}}`
  }
}

function* matrix(series: ReadonlyArray<GridSeries>, { startMs, stepMs, count }: Grid): Generator<string> {
  const times = Array.from({ length: count }, (_, step) => secondsOf(startMs + step * stepMs))
  for (const { series: of, kinds, values, histograms } of series) {
    const floats: string[] = []
    const natives: string[] = []
    for (let step = 0; step < count; step++) {
      if (kinds[step] === ABSENT) continue
      if (kinds[step] === FLOAT) floats.push(`[${times[step]},"${printValue(values[step]!)}"]`)
      else natives.push(`[${times[step]},${histogramJson(histograms![step]!)}]`)
    }
    if (floats.length + natives.length > 0) yield seriesJson(labelsJson(of.labels), floats, natives)
  }
}

function* ranges(series: ReadonlyArray<StoredSeries>): Generator<string> {
  for (const { labels, timesMs, values, histograms } of series) {
    const floats = Array.from(timesMs, (ms, i) => sample(ms, values[i]!))
    const natives =
      histograms === undefined
        ? []
        : Array.from(histograms.timesMs, (ms, i) => histogramSample(ms, histograms.values[i]!))
    yield seriesJson(labelsJson(labels), floats, natives)
  }
}

function seriesJson(metric: string, floats: ReadonlyArray<string>, natives: ReadonlyArray<string>): string {
  const parts = [
    ...(floats.length > 0 ? [`"values":[${floats.join(',')}]`] : []),
    ...(natives.length > 0 ? [`"histograms":[${natives.join(',')}]`] : []),
  ]
  return `{"metric":${metric},${parts.join(',')}}`
}

function* listed(items: Iterable<string>, limit: number): Generator<string> {
  let count = 0
  for (const item of items) {
    if (count === limit) break
    yield (count++ === 0 ? '[' : ',') + item
  }
  yield count === 0 ? '[]' : ']'
}

async function* inChunks(
  beginning: string,
  parts: Iterable<string>,
  end: string,
): AsyncGenerator<string, void, undefined> {
  let chunk = beginning
  for (const part of parts) {
    chunk += part
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ''
  }
  yield chunk + end
}

/** `{"status":"success","data":…}`. */
export function dataResponse(data: unknown, warnings: ReadonlyArray<string> = []): ApiResponse {
  const body = { status: 'success', data, ...(warnings.length === 0 ? {} : { warnings }) }
  return { status: 200, contentType: JSON_TYPE, body: `${JSON.stringify(body)}\n` }
}

/** The first ones, as far as a limit of the request goes; that some are missing is said. */
export function limitedResponse(data: ReadonlyArray<unknown>, limit: number): ApiResponse {
  const cut = limit > 0 && data.length > limit
  return dataResponse(cut ? data.slice(0, limit) : data, cut ? ['results truncated due to limit'] : [])
}
