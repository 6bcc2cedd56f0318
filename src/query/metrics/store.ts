import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import type { TimeRange } from '../parameters/range.ts'
import type { Days } from '../sql/conditions.ts'
import { createQueries, type Queries } from '../sql/queries.ts'
import { type DeclaredTable, type Source, source } from '../sql/source.ts'
import { dayOf } from '../time.ts'

export type MetricsRouteOptions = {
  readonly reader: Database
  readonly tables: { readonly metricSeries: DeclaredTable; readonly resources: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

/** What reading series needs of the database. */
export type SeriesStore = {
  readonly queries: Queries
  readonly series: Source
  readonly resources: Source
}

export function seriesStore({ reader, tables, limits }: MetricsRouteOptions): SeriesStore {
  return {
    queries: createQueries(reader, limits),
    series: source(reader.name, tables.metricSeries),
    resources: source(reader.name, tables.resources),
  }
}

/** The UTC days that the range touches: series are kept by day. None where the range is empty. */
export function daysOf({ start, end }: TimeRange): Days {
  return end > start ? { first: dayOf(String(start)), last: dayOf(String(end - 1n)) } : { first: 1, last: 0 }
}
