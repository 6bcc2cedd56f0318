import { numberColumns, POINT_VALUE } from './metric-columns.ts'
import { pointTable } from './points.ts'
import { ZSTD, ZSTD3 } from './types.ts'

/** Points of gauges and sums. */
export const samples = pointTable(
  'samples',
  'Data points of gauges and sums',
  numberColumns(POINT_VALUE, ZSTD3, ZSTD),
)
