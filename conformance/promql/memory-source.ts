import type { Histogram } from '../../src/query/promql/histogram/histogram.ts'
import { compileMatcher } from '../../src/query/promql/matcher.ts'
import type { SelectRequest, SeriesSet, SeriesSource, StoredSeries } from '../../src/query/promql/source.ts'
import { withHints } from './hints.ts'
import type { LoadedSample, LoadedSeries } from './script.ts'

type Held = {
  readonly labels: ReadonlyMap<string, string>
  readonly samples: Map<number, LoadedSample['value']>
}

/** Series in memory, as a source of the evaluator. */
export class MemorySource implements SeriesSource {
  readonly #series = new Map<string, Held>()

  add(series: ReadonlyArray<LoadedSeries>): void {
    for (const { labels, samples } of series) {
      const sorted = new Map([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
      const key = JSON.stringify([...sorted])
      const held = this.#series.get(key) ?? { labels: sorted, samples: new Map() }
      this.#series.set(key, held)
      for (const { timeMs, value } of samples) held.samples.set(timeMs, value)
    }
  }

  clear(): void {
    this.#series.clear()
  }

  select({ matchers, startMs, endMs }: SelectRequest): Promise<SeriesSet> {
    const tests = matchers.map((matcher) => ({ name: matcher.name, matches: compileMatcher(matcher) }))
    const chosen = [...this.#series.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, held]) => held)
      .filter(({ labels }) => tests.every(({ name, matches }) => matches(labels.get(name) ?? '')))
    return Promise.resolve(chosen.flatMap((held) => stored(held, startMs, endMs) ?? []))
  }
}

function stored({ labels, samples }: Held, startMs: number, endMs: number): StoredSeries | undefined {
  const all = [...samples].sort(([a], [b]) => a - b)
  const isInside = ([timeMs]: readonly [number, unknown]): boolean => timeMs > startMs && timeMs <= endMs
  const inside = all.filter(isInside)
  if (inside.length === 0) return undefined
  const floats = inside.filter(([, value]) => typeof value !== 'object')
  const natives = all.filter((entry): entry is [number, Histogram] => typeof entry[1] === 'object')
  const hinted = withHints(natives.map(([, value]) => value))
  const histograms = natives
    .map(([timeMs], i): readonly [number, Histogram] => [timeMs, hinted[i]!])
    .filter(isInside)
  return {
    labels,
    timesMs: Float64Array.from(floats, ([timeMs]) => timeMs),
    values: Float64Array.from(floats, ([, value]) => (typeof value === 'number' ? value : Number.NaN)),
    stale: Uint8Array.from(floats, ([, value]) => Number(value === 'stale')),
    histograms:
      histograms.length === 0
        ? undefined
        : {
            timesMs: Float64Array.from(histograms, ([timeMs]) => timeMs),
            values: histograms.map(([, value]) => value),
          },
  }
}
