/** One metric of a series: where its numbers stand in the series' row. */
export type CountedMetric = {
  readonly name: string
  readonly description: string
  readonly unit: string
  /** The first of its slots: of a sum its value; of a histogram the sum, then a count per bucket. */
  readonly at: number
  /** Upper bounds, of a histogram. */
  readonly bounds?: ReadonlyArray<number>
}

/** What is counted per series. */
export type Layout = { readonly metrics: ReadonlyArray<CountedMetric>; readonly width: number }

/** Lays the slots of metrics out, one after the other. */
export function layoutOf(metrics: ReadonlyArray<Omit<CountedMetric, 'at'>>): Layout {
  let width = 0
  const placed = metrics.map((metric) => {
    const at = width
    width += metric.bounds === undefined ? 1 : metric.bounds.length + 2
    return { ...metric, at }
  })
  return { metrics: placed, width }
}

/** Adds a value to the histogram whose slots begin at `at`, and returns its bucket. Buckets are (lower, upper], as OTLP has them. */
export function observe(row: Float64Array, at: number, bounds: ReadonlyArray<number>, value: number): number {
  row[at]! += value
  let bucket = 0
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++
  row[at + 1 + bucket]!++
  return bucket
}
