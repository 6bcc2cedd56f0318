import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import { createQueries, type Queries } from '../sql/queries.ts'
import { type DeclaredTable, type Source, source } from '../sql/source.ts'

export type CardinalityTables = Readonly<
  Record<
    | 'logs'
    | 'metricSeries'
    | 'samples'
    | 'histogramSamples'
    | 'expHistogramSamples'
    | 'summarySamples'
    | 'queryUsage',
    DeclaredTable
  >
>

/** Points of one shape. */
export type PointTable = {
  readonly source: Source
  readonly name: string
  /** What a row takes where the table is too small to tell: docs/adr/0010 for the first two, the others like them. */
  readonly rowBytes: number
}

/** What reports read. */
export type CardinalityStore = {
  readonly queries: Queries
  readonly reader: Database
  readonly logs: Source
  readonly metricSeries: Source
  readonly queryUsage: Source
  readonly points: ReadonlyArray<PointTable>
}

export type CardinalityStoreOptions = {
  readonly reader: Database
  readonly tables: CardinalityTables
  readonly limits: Config['query']
}

export function cardinalityStore({ reader, tables, limits }: CardinalityStoreOptions): CardinalityStore {
  const points = (table: DeclaredTable, rowBytes: number): PointTable => ({
    source: source(reader.name, table),
    name: table.name,
    rowBytes,
  })
  return {
    reader,
    queries: createQueries(reader, limits),
    logs: source(reader.name, tables.logs),
    metricSeries: source(reader.name, tables.metricSeries),
    queryUsage: source(reader.name, tables.queryUsage),
    points: [
      points(tables.samples, 1.2),
      points(tables.histogramSamples, 6.8),
      points(tables.expHistogramSamples, 6.8),
      points(tables.summarySamples, 6.8),
    ],
  }
}
