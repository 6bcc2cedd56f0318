import type { Series } from '../../logql/metrics/series.ts'
import type { StoredSeries } from '../../promql/source.ts'
import { marksOf } from './doubles.ts'
import type { FloatChunk } from './float-series.ts'

const NO_FLOATS = { timesMs: new Float64Array(0), values: new Float64Array(0), stale: undefined }

/** The chunks of a series as one, each time once: of several values the largest counts, as ClickHouse's functions have it. */
export function storedSeries(
  { labels }: Series,
  chunks: ReadonlyArray<FloatChunk>,
  histograms: StoredSeries['histograms'],
): StoredSeries {
  if (chunks.length === 0) return { labels, ...NO_FLOATS, histograms }
  const length = chunks.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
  const timesMs = new Float64Array(length)
  const values = new Float64Array(length)
  let count = 0
  for (const chunk of chunks)
    for (let i = 0; i < chunk.timesMs.length; i++) {
      // Of one time the largest comes last, a mark behind all others.
      if (count > 0 && timesMs[count - 1] === chunk.timesMs[i]) count--
      timesMs[count] = chunk.timesMs[i]!
      values[count] = chunk.values[i]!
      count++
    }
  const used = values.subarray(0, count)
  return { labels, timesMs: timesMs.subarray(0, count), values: used, stale: marksOf(used), histograms }
}
