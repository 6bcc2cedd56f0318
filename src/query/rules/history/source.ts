import type { Signal } from '../../../otlp/batch.ts'
import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import type { PlacedRow, RowPosition } from '../../pages/row-order.ts'
import type { TimeRange } from '../../parameters/range.ts'
import type { Statement } from '../../sql/fragment.ts'
import type { Queries, Run } from '../../sql/queries.ts'
import type { Source } from '../../sql/source.ts'

/** What stored history is read with. */
export type HistoryStore = {
  readonly queries: Queries
  readonly logs: Source
  readonly spans: Source
  readonly series: Source
  readonly resources: Source
  readonly samples: Source
  readonly histograms: Source
  readonly expHistograms: Source
  readonly summaries: Source
  readonly exemplars: Source
}

/** One table of stored records, and how its rows become an export request again. */
export type History<Row extends PlacedRow = PlacedRow> = {
  readonly signal: Signal
  /** How many rows of the range there are: one row, one number as text. */
  count(range: TimeRange): Statement
  /** The next rows in the order of time. */
  page(range: TimeRange, after: RowPosition | undefined, rows: number): Statement
  sizeOf(row: Row): number
  /** The rows as an OTLP/JSON export request; fetches what it needs beside them. */
  request(rows: ReadonlyArray<Row>): Promise<OtlpJson>
}

/** Of one tenant, on behalf of one request. */
export type HistoryParts = { readonly store: HistoryStore; readonly tenantId: string; readonly run: Run }
