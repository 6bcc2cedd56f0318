import type { LokiExecutor } from '../loki/execute/types.ts'
import { readLogQuery } from '../loki/parameters/query.ts'
import { NDJSON_TYPE } from '../pages/answer.ts'
import { answerCursor } from '../pages/cursor-pages.ts'
import { readPage } from '../pages/page.ts'
import type { PageLimits } from '../parameters/fields.ts'
import type { Route } from '../route.ts'
import { LOGS_CURSOR, logsBinding } from './cursor.ts'
import { type LogsStore, logPages } from './page.ts'
import { logsParameters, readLogsParameters } from './parameters.ts'
import { readQueryPage } from './query-page.ts'
import { pageSchema } from './schemas.ts'

export type LogsRouteOptions = {
  readonly store: LogsStore
  readonly executor: LokiExecutor
  readonly limits: PageLimits
  readonly nowMs: () => number
}

/** `GET /api/v1/logs`: stored log records of a tenant, in pages (docs/api.md). */
export function logsRoute({ store, executor, limits, nowMs }: LogsRouteOptions): Route {
  const schema = logsParameters(limits)
  return {
    path: '/api/v1/logs',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Stored log records, in pages',
      parameters: schema,
      answer: pageSchema,
      alsoAs: [NDJSON_TYPE],
    },
    async handle(request) {
      const { tenantId } = request
      const given = readLogsParameters(schema, request.query)
      const { filter, direction } = given
      const expr = filter.query === undefined ? undefined : readLogQuery(filter.query, 'This endpoint')
      return answerCursor(request, {
        list: 'records',
        format: LOGS_CURSOR,
        binding: logsBinding(tenantId, given),
        given,
        nowMs: nowMs(),
        page(range, after, bounds) {
          if (expr !== undefined) {
            const query = { tenantId, expr, direction, range, after }
            return readQueryPage({ store, executor }, query, bounds, request)
          }
          const pages = logPages(store, { tenantId, filter, direction, range }, request)
          return readPage(store.queries, pages, after, bounds, request)
        },
      })
    },
  }
}
