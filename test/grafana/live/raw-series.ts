import { z } from 'zod'
import type { Series } from '../../query/promql/reference.ts'
import { END_MS, RANGE_MS } from '../support/clock.ts'
import { type DataSource, headersOf } from '../support/provisioned.ts'

const answer = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
})

/** Every series that a data source of metrics has in the range, sample by sample: no function, no aggregation. */
export async function rawSeries(source: DataSource): Promise<Series[]> {
  const query = `{__name__=~".+", __name__!="target_info"}[${RANGE_MS / 1000}s]`
  const response = await fetch(`${source.url}/api/v1/query`, {
    method: 'POST',
    headers: headersOf(source),
    body: new URLSearchParams({ query, time: String(END_MS / 1000) }),
  })
  if (response.status !== 200) throw new Error(`${query}: ${response.status} ${await response.text()}`)
  const { result } = answer.parse(await response.json()).data
  return result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([seconds, value]) => ({ timeMs: Math.round(seconds * 1000), value: Number(value) })),
  }))
}
