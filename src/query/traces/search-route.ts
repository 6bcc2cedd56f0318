import { z } from 'zod'
import { NDJSON_TYPE } from '../pages/answer.ts'
import { type CursorFormat, nanosField } from '../pages/cursor.ts'
import { answerCursorPage } from '../pages/cursor-pages.ts'
import type { PageSource } from '../pages/page.ts'
import { pageOf } from '../pages/schema.ts'
import type { Route } from '../route.ts'
import type { Run } from '../sql/queries.ts'
import { readTracesParameters, tracesParameters } from './search-parameters.ts'
import {
  type MatchRow,
  matchConditions,
  type Search,
  searchStatement,
  type TracePosition,
} from './search-statement.ts'
import { type TracesRouteOptions, type TracesStore, tracesStore } from './store.ts'
import { Summaries } from './summaries.ts'

const fieldsOf = z.tuple([nanosField, z.string().regex(/^[0-9a-f]{32}$/)])

const FORMAT: CursorFormat<TracePosition> = {
  encode: ({ timestamp, traceId }) => [String(timestamp), traceId],
  decode: (fields) => {
    const { data } = fieldsOf.safeParse(fields)
    return data && { timestamp: data[0], traceId: data[1] }
  },
  isWithin: ({ start, end }, { timestamp }) => timestamp >= start && timestamp < end,
}

function tracePages(store: TracesStore, query: Search, run: Run): PageSource<MatchRow, TracePosition> {
  const { tenantId } = query
  const summaries = new Summaries(store, { tenantId, where: matchConditions(store.spans, query) }, run)
  return {
    statement: (after, rows) => searchStatement(store.spans, { ...query, after, rows }),
    positionOf: ({ time, traceId }) => ({ timestamp: BigInt(time), traceId }),
    sizeOf: () => 512,
    learn: (rows) => summaries.learn(rows),
    lineOf: (row) => JSON.stringify(summaries.summaryOf(row)),
  }
}

/** `GET /api/v1/traces`: traces with a span that matches, newest first, in pages (docs/api.md). */
export function tracesRoute(options: TracesRouteOptions): Route {
  const { limits, nowMs } = options
  const store = tracesStore(options)
  const schema = tracesParameters(limits)
  return {
    path: '/api/v1/traces',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Traces with a span that matches, newest first, in pages',
      parameters: schema,
      answer: pageOf('traces'),
      alsoAs: [NDJSON_TYPE],
    },
    async handle(request) {
      const { tenantId } = request
      const given = readTracesParameters(schema, request.query)
      const { filter } = given
      return answerCursorPage(request, {
        queries: store.queries,
        list: 'traces',
        format: FORMAT,
        binding: { tenantId, order: 'traces', filter },
        given,
        nowMs: nowMs(),
        source: (range, run) => tracePages(store, { tenantId, filter, range }, run),
      })
    },
  }
}
