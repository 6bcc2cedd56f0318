import { POINT, QUANTILE } from '../../otlp/slots.ts'
import { type OwnRows, ownWords64 } from './own-row-columns.ts'
import { count, pointTable, sum } from './points.ts'
import { ZSTD } from './types.ts'

const QUANTILES: OwnRows = { table: (batch) => batch.quantiles, firstSlot: POINT.quantilesFirst }

/** Points of summaries. */
export const summarySamples = pointTable('summary_samples', 'Data points of summaries', [
  count,
  sum,
  ownWords64('ValueAtQuantiles.Quantile', 'Float64', QUANTILES, QUANTILE.quantileLow, { codec: ZSTD }),
  ownWords64('ValueAtQuantiles.Value', 'Float64', QUANTILES, QUANTILE.valueLow, { codec: ZSTD }),
])
