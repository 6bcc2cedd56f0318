import { POINT } from '../../otlp/slots.ts'
import { numbers64 } from './own-row-columns.ts'
import { count, optionalColumns, pointTable } from './points.ts'
import { T64_ZSTD, ZSTD } from './types.ts'

/** Points of histograms with explicit bounds. */
export const histogramSamples = pointTable('histogram_samples', 'Data points of histograms', [
  count,
  ...optionalColumns,
  numbers64('BucketCounts', 'UInt64', 0, POINT.countsFirst, { codec: T64_ZSTD }),
  numbers64('ExplicitBounds', 'Float64', 1, POINT.boundsFirst, { codec: ZSTD }),
])
