import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import { createQueries, type Queries } from '../sql/queries.ts'
import { type DeclaredTable, type Source, source } from '../sql/source.ts'

export type TracesRouteOptions = {
  readonly reader: Database
  readonly tables: {
    readonly spans: DeclaredTable
    readonly traceTimes: DeclaredTable
    readonly resources: DeclaredTable
  }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

/** What reading traces needs of the database. */
export type TracesStore = {
  readonly queries: Queries
  readonly spans: Source
  readonly traceTimes: Source
  readonly resources: Source
}

export function tracesStore({ reader, tables, limits }: TracesRouteOptions): TracesStore {
  return {
    queries: createQueries(reader, limits),
    spans: source(reader.name, tables.spans),
    traceTimes: source(reader.name, tables.traceTimes),
    resources: source(reader.name, tables.resources),
  }
}
