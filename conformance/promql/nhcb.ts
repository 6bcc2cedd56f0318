import { parseFloat64 } from '../../src/query/logql/units.ts'
import { CUSTOM_SCHEMA, EMPTY_HISTOGRAM, type Histogram } from '../../src/query/promql/histogram/histogram.ts'
import type { LoadedSample, LoadedSeries } from './script.ts'

type Draft = { readonly buckets: Map<number, number>; sum: number | undefined; count: number | undefined }

/** The series with, for each classic histogram among them, the native one with custom buckets that it is. */
export function withNativeBuckets(series: ReadonlyArray<LoadedSeries>): LoadedSeries[] {
  const made = new Map<string, { labels: Map<string, string>; at: Map<number, Draft> }>()
  for (const { labels, samples } of series) {
    const name = /^(.*)_(bucket|sum|count)$/.exec(labels.get('__name__') ?? '')
    if (name === null) continue
    const own = new Map([...labels].filter(([label]) => label !== 'le')).set('__name__', name[1]!)
    const key = JSON.stringify([...own].sort())
    const target = made.get(key) ?? { labels: own, at: new Map<number, Draft>() }
    made.set(key, target)
    const upper = parseFloat64(labels.get('le') ?? '') ?? Number.NaN
    for (const { timeMs, value } of samples)
      if (typeof value === 'number') put(target.at, timeMs, name[2]!, upper, value)
  }
  const natives = [...made.values()].map(({ labels, at }) => ({ labels, samples: samplesOf(at) }))
  return [...series, ...natives.filter(({ samples }) => samples.length > 0)]
}

function put(at: Map<number, Draft>, timeMs: number, part: string, upper: number, value: number): void {
  const draft = at.get(timeMs) ?? { buckets: new Map(), sum: undefined, count: undefined }
  at.set(timeMs, draft)
  if (part === 'sum') draft.sum = value
  else if (part === 'count') draft.count = value
  else if (!Number.isNaN(upper)) draft.buckets.set(upper, value)
}

function samplesOf(at: ReadonlyMap<number, Draft>): LoadedSample[] {
  return [...at]
    .sort(([a], [b]) => a - b)
    .flatMap(([timeMs, draft]) => (draft.buckets.size === 0 ? [] : [{ timeMs, value: histogramOf(draft) }]))
}

function histogramOf({ buckets, sum, count }: Draft): Histogram {
  const bounds = [...buckets.keys()].sort((a, b) => a - b)
  const total = buckets.get(Number.POSITIVE_INFINITY) ?? count ?? buckets.get(bounds.at(-1)!)!
  const finite = bounds.filter((bound) => bound !== Number.POSITIVE_INFINITY)
  const cumulative = [...finite.map((bound) => buckets.get(bound)!), total]
  return {
    ...EMPTY_HISTOGRAM,
    schema: CUSTOM_SCHEMA,
    count: total,
    sum: sum ?? 0,
    positive: {
      offset: 0,
      counts: Float64Array.from(cumulative, (value, i) => (i === 0 ? value : value - cumulative[i - 1]!)),
    },
    customBounds: finite,
  }
}
