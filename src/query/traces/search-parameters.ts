import { z } from 'zod'
import { readParameters } from '../http/parameters.ts'
import { parseDuration } from '../parameters/duration.ts'
import {
  cursorParameter,
  name,
  type PageLimits,
  pageLimit,
  parsed,
  placeParameters,
  rangeParameters,
} from '../parameters/fields.ts'
import { type KeyValue, keyValues } from '../parameters/key-value.ts'
import type { GivenRange } from '../parameters/range.ts'
import type { PlaceFilter } from '../sql/conditions.ts'
import type { Nanos } from '../time.ts'
import { assertDurations } from './filter/took.ts'
import { SPAN_STATUSES } from './words.ts'

/** Each trace of a page is summed up: that takes more than a row. */
const TRACES_MAX = 1_000

const duration = (meaning: string) => parsed(parseDuration).optional().describe(meaning)

/** The parameters of `GET /api/v1/traces`. */
export const tracesParameters = ({ limitDefault, limitMax }: PageLimits) =>
  z.object({
    ...rangeParameters,
    ...placeParameters,
    operation: name('Name of the span, exactly'),
    minDuration: duration('The span took at least this long: 100ms, 1.5s, or nanoseconds'),
    maxDuration: duration('The span took at most this long'),
    status: z
      .enum(SPAN_STATUSES, `is no status: expected ${SPAN_STATUSES.join(', ')}`)
      .optional()
      .describe('Status of the span'),
    attribute: keyValues('key:value: an attribute of the span; may be given several times'),
    limit: pageLimit({
      limitDefault: Math.min(limitDefault, TRACES_MAX),
      limitMax: Math.min(limitMax, TRACES_MAX),
    }),
    cursor: cursorParameter,
  })

/** What one span of the trace must be, all of it. */
export type SpanFilter = PlaceFilter & {
  readonly operation?: string | undefined
  readonly minDuration?: Nanos | undefined
  readonly maxDuration?: Nanos | undefined
  readonly status?: (typeof SPAN_STATUSES)[number] | undefined
  readonly attribute?: ReadonlyArray<KeyValue> | undefined
}

export type TracesParameters = GivenRange & {
  readonly filter: SpanFilter
  readonly limit: number
  readonly cursor: string | undefined
}

/** Throws {@link ApiError}. */
export function readTracesParameters(
  schema: ReturnType<typeof tracesParameters>,
  query: URLSearchParams,
): TracesParameters {
  const { start, end, limit, cursor, ...filter } = readParameters(schema, query, ['attribute'])
  assertDurations(filter)
  return { filter, limit, cursor, start, end }
}
