import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { readParameters } from '../http/parameters.ts'
import type { Direction } from '../pages/row-order.ts'
import {
  boundedText,
  cursorParameter,
  type PageLimits,
  pageLimit,
  parsed,
  placeParameters,
  rangeParameters,
} from '../parameters/fields.ts'
import type { GivenRange } from '../parameters/range.ts'
import { parseSeverity, SEVERITY_NAMES } from './severity.ts'

const TEXT_LENGTH_MAX = 4096
/** Percent-encoded it has to fit into a URL, which Node bounds at 16 KiB. */
const QUERY_LENGTH_MAX = 8192

const severity = parsed(
  (text) =>
    parseSeverity(text) ?? {
      problem: `is no severity: expected ${SEVERITY_NAMES.join(', ')} or a SeverityNumber from 1 to 24`,
    },
)
  .optional()
  .describe('At least this severity: a name or a SeverityNumber')

/** Which records. A LogQL query stands alone: it can say all that the others say. */
export const filterParameters = {
  query: boundedText(QUERY_LENGTH_MAX)
    .optional()
    .describe('A LogQL log query, such as {namespace="shop"} |= "error" | json; without any other filter'),
  ...placeParameters,
  severity,
  traceId: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, 'is no trace id: expected 32 hex digits')
    .transform((id) => id.toLowerCase())
    .optional()
    .describe('Trace id, 32 hex digits'),
  text: boundedText(TEXT_LENGTH_MAX).optional().describe('Part of the body, upper and lower case alike'),
}

/** The parameters of `GET /api/v1/logs`. */
export const logsParameters = (limits: PageLimits) =>
  z.object({
    ...rangeParameters,
    ...filterParameters,
    direction: z
      .enum(
        ['backward', 'forward'],
        'is no direction: expected backward (newest first) or forward (oldest first)',
      )
      .default('backward')
      .describe('backward: newest first; forward: oldest first'),
    limit: pageLimit(limits),
    cursor: cursorParameter,
  })

export type LogFilter = {
  /** LogQL. With it, nothing else is set. */
  readonly query?: string | undefined
  readonly service?: string | undefined
  readonly app?: string | undefined
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly container?: string | undefined
  readonly severity?: number | undefined
  readonly traceId?: string | undefined
  readonly text?: string | undefined
}

export type LogsParameters = GivenRange & {
  readonly filter: LogFilter
  readonly direction: Direction
  readonly limit: number
  readonly cursor: string | undefined
}

/** Throws {@link ApiError}. */
export function readLogsParameters(
  schema: ReturnType<typeof logsParameters>,
  query: URLSearchParams,
): LogsParameters {
  const { start, end, direction, limit, cursor, ...filter } = readParameters(schema, query)
  assertAlone(filter)
  return { filter, direction, limit, cursor, start, end }
}

/** Throws {@link ApiError} for a LogQL query beside other filters. */
export function assertAlone({ query, ...others }: LogFilter): void {
  const other = Object.entries(others).find(([, value]) => value !== undefined)
  if (query !== undefined && other !== undefined)
    throw new ApiError(
      'invalid_parameter',
      `query and ${other[0]} are both given: say it all in the query, or leave the query out.`,
    )
}
