import { z } from 'zod'
import type { Config } from '../../../config/schema.ts'
import { ApiError } from '../../errors.ts'
import { readLenientParameters } from '../../http/parameters.ts'
import { countField } from '../../loki/parameters/fields.ts'
import { boundedText, NAME_LENGTH_MAX, parsed } from '../../parameters/fields.ts'
import { rangeOf, type TimeRange } from '../../parameters/range.ts'
import { readTraceId } from '../../parameters/trace-id.ts'
import { allOf, type Expr, intrinsicIs } from '../../traceql/ast.ts'
import { tookWithin } from '../../traces/filter/took.ts'
import { durationField, lookbackField, microsField } from './fields.ts'
import { parseTag, parseTags, tagCondition } from './tags.ts'

/** Traces of one answer: each comes with all its spans. */
const TRACES_MAX = 1_000
const LIMIT_DEFAULT = 100
const TAGS_TIMES_MAX = 16
/** As far back as Jaeger looks where nothing is said. */
export const LOOKBACK_DEFAULT_NS = 172_800_000_000_000n

const named = (meaning: string) => boundedText(NAME_LENGTH_MAX).optional().describe(meaning)
const several = <Field extends z.ZodType>(field: Field, meaning: string) =>
  z
    .array(field)
    .max(TAGS_TIMES_MAX, `is given more than ${TAGS_TIMES_MAX} times`)
    .default([])
    .describe(meaning)

/** The parameters of `GET /jaeger/api/traces`. */
export const searchParameters = ({ limitMax }: Pick<Config['query'], 'limitMax'>) => {
  const max = Math.min(limitMax, TRACES_MAX)
  return z.object({
    service: named('Name of the service; needed unless traceID is given'),
    operation: named('Name of the span, exactly'),
    tags: parsed(parseTags).optional().describe('Tags, as JSON or logfmt: {"error":"true"} or error=true'),
    tag: several(parsed(parseTag), 'key:value, a tag; may be given several times'),
    start: microsField('First moment; default: two days before the end'),
    end: microsField('Last moment; default: now'),
    lookback: lookbackField(),
    minDuration: durationField('The span took at least this long'),
    maxDuration: durationField('The span took at most this long'),
    limit: countField('Traces', { max, otherwise: Math.min(LIMIT_DEFAULT, max) }),
    traceID: z
      .array(boundedText(NAME_LENGTH_MAX))
      .max(max, `is given more than ${max} times`)
      .default([])
      .describe('These traces, whatever else is asked for; may be given several times'),
  })
}

/** What a search of traces asks for. */
export type JaegerSearch =
  | { readonly kind: 'ids'; readonly traceIds: ReadonlyArray<string> }
  | {
      readonly kind: 'spans'
      readonly service: string
      readonly expr: Expr
      readonly range: TimeRange
      readonly limit: number
    }

/** Throws {@link ApiError}. */
export function readSearch(
  schema: ReturnType<typeof searchParameters>,
  query: URLSearchParams,
  nowMs: number,
): JaegerSearch {
  const given = readLenientParameters(schema, query)
  if (given.traceID.length > 0)
    return { kind: 'ids', traceIds: [...new Set(given.traceID.map((id) => readTraceId(id, 'traceID')))] }
  const { service, limit } = given
  if (service === undefined)
    throw new ApiError(
      'invalid_parameter',
      "parameter 'service' is required: name one of /jaeger/api/services.",
    )
  return { kind: 'spans', service, expr: conditionOf(given), range: rangeOfSearch(given, nowMs), limit }
}

type Given = z.output<ReturnType<typeof searchParameters>>

/** To the end of the last microsecond. */
function rangeOfSearch({ start, end, lookback = LOOKBACK_DEFAULT_NS }: Given, nowMs: number): TimeRange {
  const last = end === undefined ? undefined : end + 1_000n
  const { end: until } = rangeOf({ start: 0n, end: last }, nowMs)
  return rangeOf({ start: start ?? (until > lookback ? until - lookback : 0n), end: until }, nowMs)
}

function conditionOf({ operation, tags = [], tag, ...durations }: Given): Expr {
  return allOf([
    ...(operation === undefined ? [] : [intrinsicIs('name', { kind: 'string', text: operation })]),
    ...tookWithin(durations),
    ...[...tags, ...tag].map(tagCondition),
  ])
}
