import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import { countField } from '../../loki/parameters/fields.ts'
import { parsed } from '../../parameters/fields.ts'
import { rangeOf } from '../../parameters/range.ts'
import { json, type Route } from '../../route.ts'
import { ofTenants } from '../../sql/select.ts'
import { allOf, type Expr } from '../../traceql/ast.ts'
import { parseLogfmt } from '../../traces/filter/logfmt.ts'
import { tookWithin } from '../../traces/filter/took.ts'
import { durationField, rangeFields } from '../parameters/fields.ts'
import { readQuery, tagCondition } from '../parameters/query.ts'
import { searchAnswer } from '../response/schemas.ts'
import { searchTraces } from '../search.ts'
import { type TempoParts, tempoRoute } from './route.ts'

const TRACES_MAX = 1_000
const TRACES_DEFAULT = 20
const SPANS_MAX = 100
const SPANS_DEFAULT = 3

export const searchParameters = (limitMax: number) => {
  const max = Math.min(limitMax, TRACES_MAX)
  return z.object({
    q: z
      .string()
      .optional()
      .describe('TraceQL: one spanset, such as { .http.route = "/cart" && duration > 100ms }'),
    tags: parsed(parseLogfmt).optional().describe('In place of q, logfmt: service.name=cart error=true'),
    minDuration: durationField('With tags: the span took at least this long'),
    maxDuration: durationField('With tags: the span took at most this long'),
    limit: countField('Traces', { max, otherwise: Math.min(TRACES_DEFAULT, max) }),
    spss: countField('Spans of a trace', { max: SPANS_MAX, otherwise: SPANS_DEFAULT }),
    ...rangeFields,
  })
}

type Given = z.output<ReturnType<typeof searchParameters>>

/** Throws {@link ApiError}. */
function conditionOf({ q, tags = [], ...durations }: Given): Expr {
  if (q !== undefined && tags.length > 0)
    throw new ApiError('invalid_parameter', 'q and tags say the same in two languages: give one of them.')
  return allOf([
    ...(q === undefined ? [] : [readQuery(q)]),
    ...tags.map(tagCondition),
    ...tookWithin(durations),
  ])
}

/** `/tempo/api/search`. */
export function searchRoute({ store, limits, nowMs }: TempoParts): Route {
  const parameters = searchParameters(limits.limitMax)
  const doc = { summary: 'Traces with a span that matches, newest first', parameters, answer: searchAnswer }
  return tempoRoute('/search', doc, async (request) => {
    const given = readLenientParameters(parameters, request.query)
    const { limit, spss: spansEach, start, end } = given
    const expr = conditionOf(given)
    const scope = { tenantId: ofTenants(request.tenantIds), range: rangeOf({ start, end }, nowMs()) }
    const traces = await searchTraces(store, { scope, expr, limit, spansEach }, request)
    return json({ traces, metrics: {} })
  })
}
