import type { NamedMetric } from '../../../otlp/prometheus-names.ts'

/**
 * What of a data point a series has as its value. A number is one series; a histogram is a series per bucket, its sum and its
 * count; a summary a series per quantile, its sum and count; an exponential histogram is one series of native histograms,
 * and so is one with explicit bounds where the config converts those.
 */
export type Part = 'value' | 'bucket' | 'quantile' | 'count' | 'sum' | 'native'

export type PointTable = 'samples' | 'histogramSamples' | 'expHistogramSamples' | 'summarySamples'

type TypeParts = {
  readonly table: PointTable
  readonly parts: ReadonlyArray<{ readonly part: Part; readonly suffix: string }>
  /** As Prometheus calls the type. */
  readonly prometheusType: (metric: NamedMetric) => string
}

const NUMBER = { table: 'samples', parts: [{ part: 'value', suffix: '' }] } as const
const TOTALS = [
  { part: 'count', suffix: '_count' },
  { part: 'sum', suffix: '_sum' },
] as const

const TYPES: Readonly<Record<string, TypeParts>> = {
  gauge: { ...NUMBER, prometheusType: () => 'gauge' },
  sum: { ...NUMBER, prometheusType: ({ monotonic }) => (monotonic ? 'counter' : 'gauge') },
  histogram: {
    table: 'histogramSamples',
    parts: [{ part: 'bucket', suffix: '_bucket' }, ...TOTALS],
    prometheusType: () => 'histogram',
  },
  exponential_histogram: {
    table: 'expHistogramSamples',
    parts: [{ part: 'native', suffix: '' }],
    prometheusType: () => 'histogram',
  },
  summary: {
    table: 'summarySamples',
    parts: [{ part: 'quantile', suffix: '' }, ...TOTALS],
    prometheusType: () => 'summary',
  },
}

/** A histogram that is read as a native one with custom buckets: `convert_histograms_to_nhcb` of Prometheus. */
const CONVERTED: TypeParts = {
  table: 'histogramSamples',
  parts: [{ part: 'native', suffix: '' }],
  prometheusType: () => 'histogram',
}

/** Undefined for a type that no version of Weir has stored. `toNhcb`: explicit histograms are converted. */
export function partsOf(type: string, toNhcb: boolean): TypeParts | undefined {
  return toNhcb && type === 'histogram' ? CONVERTED : TYPES[type]
}

/** The label that tells the series of such a part apart. */
export function partLabel(part: Part): 'le' | 'quantile' | undefined {
  return part === 'bucket' ? 'le' : part === 'quantile' ? 'quantile' : undefined
}
