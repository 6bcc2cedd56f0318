import type { Config } from '../../config/schema.ts'
import type { Database } from '../../store/database.ts'
import { answerPage } from '../pages/answer.ts'
import { readPage } from '../pages/page.ts'
import { rangeOf, type TimeRange } from '../parameters/range.ts'
import type { Route } from '../route.ts'
import { createQueries } from '../sql/queries.ts'
import { type DeclaredTable, source } from '../sql/source.ts'
import { decodeCursor, encodeCursor, type Position } from './cursor.ts'
import { type LogsStore, logPages } from './page.ts'
import { type LogsParameters, logsParameters, readLogsParameters } from './parameters.ts'

export type LogsRouteOptions = {
  readonly reader: Database
  readonly tables: { readonly logs: DeclaredTable; readonly resources: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

/** Where a request's page begins: its cursor's place, or the start of its range. */
function beginningOf(
  parameters: LogsParameters,
  tenantId: string,
  nowMs: number,
): { range: TimeRange; after: Position | undefined } {
  const { cursor } = parameters
  return cursor === undefined
    ? { range: rangeOf(parameters, nowMs), after: undefined }
    : decodeCursor(tenantId, { ...parameters, cursor })
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
      const { tenantId, requestId, signal } = request
      const parameters = readLogsParameters(schema, request.query)
      const { filter, direction, limit } = parameters
      const { range, after } = beginningOf(parameters, tenantId, nowMs())
      const run = { requestId, signal }
      const pages = logPages(store, { tenantId, filter, direction, range }, run)
      return answerPage(request, limits.resultBytesMax, {
        list: 'records',
        page: (bytesMax) => readPage(store.queries, pages, after, { limit, bytesMax }, run),
        tail: (next) => ({
          nextCursor: next === undefined ? null : encodeCursor(tenantId, parameters, { range, after: next }),
        }),
      })
    },
  }
}
