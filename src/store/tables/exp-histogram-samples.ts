import { POINT } from '../../otlp/slots.ts'
import { numbers64 } from './own-row-columns.ts'
import { count, optionalColumns, pointTable } from './points.ts'
import { word32, words64 } from './signal-columns.ts'
import { T64_ZSTD, ZSTD } from './types.ts'

/** Points of exponential histograms. */
export const expHistogramSamples = pointTable(
  'exp_histogram_samples',
  'Data points of exponential histograms',
  [
    count,
    ...optionalColumns,
    word32('Scale', 'Int32', POINT.scale, { codec: ZSTD }),
    words64('ZeroCount', 'UInt64', POINT.zeroCountLow, { codec: T64_ZSTD }),
    words64('ZeroThreshold', 'Float64', POINT.zeroThresholdLow, { codec: ZSTD }),
    word32('PositiveOffset', 'Int32', POINT.positiveOffset, { codec: ZSTD }),
    numbers64('PositiveBucketCounts', 'UInt64', 0, POINT.countsFirst, { codec: T64_ZSTD }),
    word32('NegativeOffset', 'Int32', POINT.negativeOffset, { codec: ZSTD }),
    numbers64('NegativeBucketCounts', 'UInt64', 1, POINT.boundsFirst, { codec: T64_ZSTD }),
  ],
)
