import { seriesOf } from '../../logql/metrics/series.ts'
import type { Expr } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { VectorValue } from '../evaluate/value.ts'
import { classicQuantile, ofClassic } from '../histogram/classic.ts'
import type { Histogram } from '../histogram/histogram.ts'
import { hasNaNs, histogramFraction, histogramQuantile, histogramVariance } from '../histogram/quantile.ts'
import { printShort, printValue } from '../histogram/text.ts'
import type { Notes } from '../notes.ts'
import { mapAnyHistograms } from './histograms.ts'
import { isLabelName } from './labels.ts'

/** Functions of one native histogram. */
export const OF_HISTOGRAM: ReadonlyMap<string, (histogram: Histogram) => number> = new Map<
  string,
  (histogram: Histogram) => number
>([
  ['histogram_count', ({ count }) => count],
  ['histogram_sum', ({ sum }) => sum],
  ['histogram_avg', ({ sum, count }) => sum / count],
  ['histogram_stdvar', histogramVariance],
  ['histogram_stddev', (histogram) => Math.sqrt(histogramVariance(histogram))],
])

/** histogram_quantile: `phis` has a place per instant. */
export function quantiles(
  vector: VectorValue,
  phis: Float64Array,
  notes: Notes,
  phiAt: Expr,
  vectorAt: Expr,
): VectorValue {
  const invalid = phis.find((phi) => !(phi >= 0 && phi <= 1))
  if (invalid !== undefined) notes.invalidQuantile(invalid, phiAt)
  return mapAnyHistograms(
    vector,
    {
      native: (histogram, step, metricName) => {
        const phi = phis[step]!
        const value = histogramQuantile(phi, histogram)
        if (phi >= 0 && phi <= 1 && histogram.count > 0 && hasNaNs(histogram)) {
          const effect = Number.isNaN(value) ? 'result is NaN' : 'result is skewed higher'
          notes.notANumber('histogram_quantile', effect, metricName, vectorAt)
        }
        return value
      },
      classic: (buckets, step, metricName) => {
        const { value, repair } = classicQuantile(phis[step]!, buckets)
        if (repair === 'monotonic') noteMonotonic(metricName, notes, vectorAt)
        return value
      },
    },
    notes,
    vectorAt,
  )
}

function noteMonotonic(metricName: string, notes: Notes, at: Expr): void {
  notes.info(
    `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "${metricName}"`,
    at,
  )
}

/** histogram_quantiles: each φ under a label of its own. */
export function labelledQuantiles(
  vector: VectorValue,
  label: string,
  phis: ReadonlyArray<{ readonly values: Float64Array; readonly at: Expr }>,
  notes: Notes,
  vectorAt: Expr,
): VectorValue {
  if (!isLabelName(label))
    throw new PromqlEvaluationError(`invalid label name in histogram_quantiles(): ${JSON.stringify(label)}`)
  return {
    kind: 'vector',
    series: phis.flatMap(({ values, at }) =>
      quantiles(vector, values, notes, at, vectorAt).series.map((one) => ({
        ...one,
        series: seriesOf(new Map([...one.series.labels, [label, quantileText(values[0]!)]])),
      })),
    ),
  }
}

/** As Prometheus' text format writes bounds: whole numbers with a fraction. */
function quantileText(phi: number): string {
  const text = Math.abs(phi) < 1e6 && Math.abs(phi) >= 1e-4 ? printValue(phi) : printShort(phi)
  return Number.isFinite(phi) && !/[.e]/.test(text) ? `${text}.0` : text
}

/** histogram_fraction: the part of the observations between two bounds. */
export function fractions(
  vector: VectorValue,
  lower: Float64Array,
  upper: Float64Array,
  notes: Notes,
  at: Expr,
): VectorValue {
  const fraction = (histogram: Histogram, step: number): number =>
    histogramFraction(lower[step]!, upper[step]!, histogram)
  return mapAnyHistograms(
    vector,
    {
      native: (histogram, step, metricName) => {
        if (lower[step]! < upper[step]! && hasNaNs(histogram))
          notes.notANumber('histogram_fraction', 'which are excluded from all fractions', metricName, at)
        return fraction(histogram, step)
      },
      classic: (buckets, step) => {
        const histogram = ofClassic(buckets)
        return histogram === undefined ? Number.NaN : fraction(histogram, step)
      },
    },
    notes,
    at,
  )
}
