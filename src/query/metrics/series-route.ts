import { z } from 'zod'
import { readParameters } from '../http/parameters.ts'
import { NDJSON_TYPE } from '../pages/answer.ts'
import { type CursorFormat, uint64Field } from '../pages/cursor.ts'
import { answerCursorPage } from '../pages/cursor-pages.ts'
import { pageOf } from '../pages/schema.ts'
import {
  boundedText,
  cursorParameter,
  NAME_LENGTH_MAX,
  type PageLimits,
  pageLimit,
  placeParameters,
  rangeParameters,
} from '../parameters/fields.ts'
import { keyValues } from '../parameters/key-value.ts'
import type { Route } from '../route.ts'
import { seriesPages } from './series-pages.ts'
import { daysOf, type MetricsRouteOptions, seriesStore } from './store.ts'

/** The parameters of `GET /api/v1/metrics/series`. */
export const metricSeriesParameters = (limits: PageLimits) =>
  z.object({
    metric: boundedText(NAME_LENGTH_MAX, 'is missing: name the metric whose series are meant').describe(
      'Name of the metric, exactly',
    ),
    ...rangeParameters,
    ...placeParameters,
    label: keyValues('key:value: an attribute of the series; may be given several times'),
    limit: pageLimit(limits),
    cursor: cursorParameter,
  })

const FORMAT: CursorFormat<bigint> = {
  encode: (fingerprint) => [String(fingerprint)],
  decode: (fields) => z.tuple([uint64Field]).safeParse(fields).data?.[0],
}

/** `GET /api/v1/metrics/series`: the series of a metric, in pages (docs/api.md). */
export function metricSeriesRoute(options: MetricsRouteOptions): Route {
  const { limits, nowMs } = options
  const store = seriesStore(options)
  const schema = metricSeriesParameters(limits)
  return {
    path: '/api/v1/metrics/series',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Series of a metric, in pages',
      parameters: schema,
      answer: pageOf('series'),
      alsoAs: [NDJSON_TYPE],
    },
    async handle(request) {
      const { tenantId } = request
      const { start, end, limit, cursor, ...filter } = readParameters(schema, request.query, ['label'])
      return answerCursorPage(request, {
        queries: store.queries,
        list: 'series',
        format: FORMAT,
        binding: { tenantId, order: 'series', filter },
        given: { start, end, limit, cursor },
        nowMs: nowMs(),
        source: (range, run) => seriesPages(store, { tenantId, filter, days: daysOf(range) }, run),
      })
    },
  }
}
