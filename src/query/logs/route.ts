import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import { answerCursorPage } from '../pages/cursor-pages.ts'
import type { Route } from '../route.ts'
import { createQueries } from '../sql/queries.ts'
import { type DeclaredTable, source } from '../sql/source.ts'
import { LOGS_CURSOR, logsBinding } from './cursor.ts'
import { type LogsStore, logPages } from './page.ts'
import { logsParameters, readLogsParameters } from './parameters.ts'

export type LogsRouteOptions = {
  readonly reader: Database
  readonly tables: { readonly logs: DeclaredTable; readonly resources: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

/** `GET /api/v1/logs`: stored log records of a tenant, in pages (docs/api.md). */
export function logsRoute({ reader, tables, limits, nowMs }: LogsRouteOptions): Route {
  const schema = logsParameters(limits)
  const store: LogsStore = {
    queries: createQueries(reader, limits),
    logs: source(reader.name, tables.logs),
    resources: source(reader.name, tables.resources),
  }
  return {
    path: '/api/v1/logs',
    methods: ['GET'],
    access: 'tenant',
    async handle(request) {
      const { tenantId } = request
      const given = readLogsParameters(schema, request.query)
      const { filter, direction } = given
      return answerCursorPage(request, {
        queries: store.queries,
        list: 'records',
        format: LOGS_CURSOR,
        binding: logsBinding(tenantId, given),
        given,
        nowMs: nowMs(),
        source: (range, run) => logPages(store, { tenantId, filter, direction, range }, run),
      })
    },
  }
}
