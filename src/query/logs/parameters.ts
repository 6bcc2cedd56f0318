import { z } from 'zod'
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

const severity = parsed(
  (text) =>
    parseSeverity(text) ?? {
      problem: `is no severity: expected ${SEVERITY_NAMES.join(', ')} or a SeverityNumber from 1 to 24`,
    },
)
  .optional()
  .describe('At least this severity: a name or a SeverityNumber')

/** The parameters of `GET /api/v1/logs`. */
export const logsParameters = (limits: PageLimits) =>
  z.object({
    ...rangeParameters,
    ...placeParameters,
    severity,
    traceId: z
      .string()
      .regex(/^[0-9a-fA-F]{32}$/, 'is no trace id: expected 32 hex digits')
      .transform((id) => id.toLowerCase())
      .optional()
      .describe('Trace id, 32 hex digits'),
    text: boundedText(TEXT_LENGTH_MAX).optional().describe('Part of the body, upper and lower case alike'),
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
  return { filter, direction, limit, cursor, start, end }
}
