import type { Histogram } from '../../src/query/promql/histogram/histogram.ts'
import { wasReset } from '../../src/query/promql/histogram/reset.ts'

/**
 * Histograms of one series in the order of their times. As Prometheus' storage has it, one that continues the one before says
 * so; of the first, and of one after a reset, nothing is said. What already says something stays as it is.
 */
export function withHints(histograms: ReadonlyArray<Histogram>): Histogram[] {
  return histograms.map((histogram, i) => {
    if (i === 0 || histogram.hint !== 'unknown') return histogram
    const previous = histograms[i - 1]!
    if (previous.hint === 'gauge' || wasReset(histogram, previous)) return histogram
    return { ...histogram, hint: 'none' }
  })
}
