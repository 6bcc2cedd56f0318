import type { GotEntry, GotSeries } from './backend.ts'

/** Loki's answers, read as strictly as its own clients do. */

type Labels = Readonly<Record<string, string>>
type Sample = readonly [seconds: number, value: string]
type Entry = readonly [ns: string, line: string, origins: { structuredMetadata?: Labels; parsed?: Labels }]

export type LokiData =
  | { readonly resultType: 'scalar'; readonly result: Sample }
  | { readonly resultType: 'vector'; readonly result: ReadonlyArray<{ metric: Labels; value: Sample }> }
  | {
      readonly resultType: 'matrix'
      readonly result: ReadonlyArray<{ metric: Labels; values: ReadonlyArray<Sample> }>
    }
  | {
      readonly resultType: 'streams'
      readonly result: ReadonlyArray<{ stream: Labels; values: ReadonlyArray<Entry> }>
    }

const mapOf = (labels: Labels = {}): ReadonlyMap<string, string> => new Map(Object.entries(labels))

export function numberOf(text: string): number {
  return Number(text.replace(/Inf$/, 'Infinity'))
}

export function vectorOf(data: Extract<LokiData, { resultType: 'vector' }>): GotSeries[] {
  return data.result.map(({ metric, value }) => ({ labels: mapOf(metric), points: [numberOf(value[1])] }))
}

/** The points at their steps, counted from `fromNs`. */
export function matrixOf(
  data: Extract<LokiData, { resultType: 'matrix' }>,
  { fromNs, stepNs, count }: { readonly fromNs: bigint; readonly stepNs: bigint; readonly count: number },
): GotSeries[] {
  return data.result.map(({ metric, values }) => {
    const points: Array<number | undefined> = Array.from({ length: count }, () => undefined)
    for (const [seconds, value] of values) {
      const step = (seconds * 1e9 - Number(fromNs)) / Number(stepNs)
      if (Math.abs(step - Math.round(step)) > 1e-3)
        throw new Error(`a point at ${seconds} s, which is no step`)
      points[Math.round(step)] = numberOf(value)
    }
    return { labels: mapOf(metric), points }
  })
}

export function entriesOf(data: Extract<LokiData, { resultType: 'streams' }>): GotEntry[] {
  return data.result.flatMap(({ stream, values }) =>
    values.map(([ns, line, { structuredMetadata, parsed }]) => ({
      timeNs: BigInt(ns),
      line,
      stream: mapOf(stream),
      metadata: mapOf(structuredMetadata),
      parsed: mapOf(parsed),
    })),
  )
}
