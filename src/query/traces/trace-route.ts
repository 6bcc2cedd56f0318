import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { readParameters } from '../http/parameters.ts'
import { answerPage, NDJSON_TYPE } from '../pages/answer.ts'
import { type Page, type PageSource, readPage } from '../pages/page.ts'
import { positionOf, type RowPosition } from '../pages/row-order.ts'
import { pageLimit } from '../parameters/fields.ts'
import { readTraceId } from '../parameters/trace-id.ts'
import { PageResources } from '../records/resources.ts'
import type { Route } from '../route.ts'
import type { Run } from '../sql/queries.ts'
import { spanRecordOf, spanSizeOf } from './span-record.ts'
import { type SpanRow, type SpansQuery, spansStatement } from './span-statement.ts'
import { type TracesRouteOptions, type TracesStore, tracesStore } from './store.ts'
import { findTimes } from './trace-times.ts'

/** The parameters of `GET /api/v1/traces/{traceId}`; `limitMax` of config section `query`. */
export const traceParameters = ({ limitMax }: { readonly limitMax: number }) =>
  z.object({ limit: pageLimit({ limitDefault: limitMax, limitMax }) })

const traceSchema = z.strictObject({
  traceId: z.string(),
  spans: z.array(z.looseObject({})),
  truncated: z.boolean(),
})

function unknownTrace(traceId: string): ApiError {
  return new ApiError('not_found', `No span of the trace ${traceId} is stored for this tenant.`)
}

function spanPages(
  { queries, spans, resources }: TracesStore,
  query: Omit<SpansQuery, 'rows' | 'after'>,
  run: Run,
): PageSource<SpanRow, RowPosition> {
  const known = new PageResources(queries, resources, query.tenantId, run)
  return {
    statement: (after, rows) => spansStatement(spans, { ...query, after, rows }),
    positionOf,
    sizeOf: spanSizeOf,
    learn: (rows) => known.learn(rows),
    lineOf: (row) => known.lineOf(row, spanRecordOf(row)),
  }
}

/** The times of a trace are kept a day longer than its spans. */
async function* notEmpty<Position>(page: Page<Position>, error: ApiError): Page<Position> {
  const first = await page.next()
  if (first.done) throw error
  yield first.value
  return yield* page
}

/** `GET /api/v1/traces/{traceId}`: the spans of one trace, oldest first (docs/api.md). */
export function traceRoute(options: TracesRouteOptions): Route {
  const { limits } = options
  const store = tracesStore(options)
  const schema = traceParameters(limits)
  return {
    path: '/api/v1/traces/{traceId}',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'The spans of a trace, oldest first',
      parameters: schema,
      segments: { traceId: 'Up to 32 hex digits' },
      answer: traceSchema,
      alsoAs: [NDJSON_TYPE],
    },
    async handle(request) {
      const { tenantId } = request
      const traceId = readTraceId(request.path.traceId!, 'The path')
      const { limit } = readParameters(schema, request.query)
      const times = await findTimes(store, tenantId, [traceId], request)
      if (times === undefined) throw unknownTrace(traceId)
      const pages = spanPages(store, { tenantId, traceId, range: times.range }, request)
      return answerPage(request, {
        head: { traceId },
        list: 'spans',
        page: (bytesMax) =>
          notEmpty(
            readPage(store.queries, pages, undefined, { limit, bytesMax }, request),
            unknownTrace(traceId),
          ),
        tail: (next) => ({ truncated: next !== undefined }),
      })
    },
  }
}
