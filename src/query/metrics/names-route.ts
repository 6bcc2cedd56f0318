import { z } from 'zod'
import { readParameters } from '../http/parameters.ts'
import { NDJSON_TYPE } from '../pages/answer.ts'
import type { CursorFormat } from '../pages/cursor.ts'
import { answerCursorPage } from '../pages/cursor-pages.ts'
import type { PageSource } from '../pages/page.ts'
import { pageOf } from '../pages/schema.ts'
import { cursorParameter, name, type PageLimits, pageLimit, rangeParameters } from '../parameters/fields.ts'
import type { Route } from '../route.ts'
import { type MetricPosition, type NameRow, type NamesQuery, namesStatement } from './names-statement.ts'
import { daysOf, type MetricsRouteOptions, type SeriesStore, seriesStore } from './store.ts'

/** The parameters of `GET /api/v1/metrics/names`. */
export const metricNamesParameters = (limits: PageLimits) =>
  z.object({
    ...rangeParameters,
    match: name('Part of the name, upper and lower case alike'),
    limit: pageLimit(limits),
    cursor: cursorParameter,
  })

const fieldsOf = z.tuple([z.string(), z.string(), z.string()])

const FORMAT: CursorFormat<MetricPosition> = {
  encode: ({ name, type, unit }) => [name, type, unit],
  decode: (fields) => {
    const { data } = fieldsOf.safeParse(fields)
    return data && { name: data[0], type: data[1], unit: data[2] }
  },
}

function namePages(
  { series }: SeriesStore,
  query: Omit<NamesQuery, 'rows' | 'after'>,
): PageSource<NameRow, MetricPosition> {
  return {
    statement: (after, rows) => namesStatement(series, { ...query, after, rows }),
    positionOf: ({ name, type, unit }) => ({ name, type, unit }),
    sizeOf: ({ name, unit, description }) => 256 + name.length + unit.length + description.length,
    learn: async () => undefined,
    lineOf: (row) => JSON.stringify({ ...row, series: Number(row.series) }),
  }
}

/** `GET /api/v1/metrics/names`: which metrics there are, by name, in pages (docs/api.md). */
export function metricNamesRoute(options: MetricsRouteOptions): Route {
  const { limits, nowMs } = options
  const store = seriesStore(options)
  const schema = metricNamesParameters(limits)
  return {
    path: '/api/v1/metrics/names',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Names of metrics, in pages',
      parameters: schema,
      answer: pageOf('metrics'),
      alsoAs: [NDJSON_TYPE],
    },
    async handle(request) {
      const { tenantId } = request
      const { start, end, match, limit, cursor } = readParameters(schema, request.query)
      return answerCursorPage(request, {
        queries: store.queries,
        list: 'metrics',
        format: FORMAT,
        binding: { tenantId, order: 'metric names', filter: { match } },
        given: { start, end, limit, cursor },
        nowMs: nowMs(),
        source: (range) => namePages(store, { tenantId, match, days: daysOf(range) }),
      })
    },
  }
}
