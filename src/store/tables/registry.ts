import { exemplars } from './exemplars.ts'
import { expHistogramSamples } from './exp-histogram-samples.ts'
import { histogramSamples } from './histogram-samples.ts'
import { ledger } from './ledger.ts'
import { logs } from './logs.ts'
import { metricSeries } from './metric-series.ts'
import { resources } from './resources.ts'
import { samples } from './samples.ts'
import { spans } from './spans.ts'
import { summarySamples } from './summary-samples.ts'
import type { RowSet, Table } from './table.ts'
import { traceTimes } from './trace-times.ts'

/** The tables that commits hold blocks of: one line per table. A block names its table, also across versions. */
const TABLES: ReadonlyMap<string, Table<RowSet>> = new Map(
  [
    logs,
    spans,
    traceTimes,
    samples,
    histogramSamples,
    expHistogramSamples,
    summarySamples,
    exemplars,
    metricSeries,
    resources,
    ledger,
  ].map((table) => [table.name, table as unknown as Table<RowSet>]),
)

/** Throws for a name that no version of Weir up to this one has written. */
export function tableNamed(name: string): Table<RowSet> {
  const table = TABLES.get(name)
  if (table === undefined)
    throw new Error(
      `the spool holds rows of a table '${name}' that this version of Weir does not know; start the version that wrote them`,
    )
  return table
}
