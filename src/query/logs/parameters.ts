import { z } from 'zod'
import type { Config } from '../../config/schema.ts'
import { ApiError } from '../errors.ts'
import { readParameters } from '../http/parameters.ts'
import { parseSeverity, SEVERITY_NAMES } from './severity.ts'
import { type Nanos, parseTime } from './time.ts'

const NAME_LENGTH_MAX = 1024
const TEXT_LENGTH_MAX = 4096
const CURSOR_LENGTH_MAX = 2048
/** Percent-encoded it has to fit into a URL, which Node bounds at 16 KiB. */
const QUERY_LENGTH_MAX = 8192
const DEFAULT_RANGE: Nanos = 3_600_000_000_000n

const name = (meaning: string) =>
  z.string().max(NAME_LENGTH_MAX, `is longer than ${NAME_LENGTH_MAX} characters`).optional().describe(meaning)

const time = (meaning: string) =>
  z
    .string()
    .transform((text, context): Nanos => {
      const parsed = parseTime(text)
      if (typeof parsed === 'bigint') return parsed
      context.addIssue({ code: 'custom', message: parsed.problem })
      return z.NEVER
    })
    .optional()
    .describe(meaning)

const severity = z
  .string()
  .transform((text, context): number => {
    const number = parseSeverity(text)
    if (number !== undefined) return number
    context.addIssue({
      code: 'custom',
      message: `is no severity: expected ${SEVERITY_NAMES.join(', ')} or a SeverityNumber from 1 to 24`,
    })
    return z.NEVER
  })
  .optional()
  .describe('At least this severity: a name or a SeverityNumber')

/** Records of one page (config section `query`). */
export type PageLimits = Pick<Config['query'], 'limitDefault' | 'limitMax'>

const pageLimit = ({ limitDefault, limitMax }: PageLimits) =>
  z
    .string()
    .transform((text, context): number => {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
      if (number >= 1 && number <= limitMax) return number
      context.addIssue({
        code: 'custom',
        message: `is out of range: expected a whole number from 1 to ${limitMax}`,
      })
      return z.NEVER
    })
    .default(limitDefault)
    .describe(`Records of one page, 1 to ${limitMax}`)

/** The range of a request. */
export const rangeFields = () => ({
  start: time('First moment of the range, included; default: an hour before the end'),
  end: time('End of the range, not included; default: now'),
})

/** Which records. A LogQL query stands alone: it can say all that the other fields say. */
export const filterFields = () => ({
  query: z
    .string()
    .max(QUERY_LENGTH_MAX, `is longer than ${QUERY_LENGTH_MAX} characters`)
    .optional()
    .describe('A LogQL log query, such as {namespace="shop"} |= "error" | json; without any other filter'),
  service: name('service.name, exactly'),
  app: name('App id, exactly'),
  namespace: name('k8s.namespace.name, exactly'),
  pod: name('k8s.pod.name, exactly'),
  container: name('k8s.container.name, exactly'),
  severity,
  traceId: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, 'is no trace id: expected 32 hex digits')
    .transform((id) => id.toLowerCase())
    .optional()
    .describe('Trace id, 32 hex digits'),
  text: z
    .string()
    .max(TEXT_LENGTH_MAX, `is longer than ${TEXT_LENGTH_MAX} characters`)
    .optional()
    .describe('Part of the body, upper and lower case alike'),
})

/** The parameters of `GET /api/v1/logs`. */
export const logsParameters = (limits: PageLimits) =>
  z.object({
    ...rangeFields(),
    ...filterFields(),
    direction: z
      .enum(
        ['backward', 'forward'],
        'is no direction: expected backward (newest first) or forward (oldest first)',
      )
      .default('backward')
      .describe('backward: newest first; forward: oldest first'),
    limit: pageLimit(limits),
    cursor: z
      .string()
      .max(CURSOR_LENGTH_MAX, `is longer than ${CURSOR_LENGTH_MAX} characters`)
      .optional()
      .describe('nextCursor of the page before'),
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

export type Direction = 'backward' | 'forward'

/** Start included, end not. */
export type TimeRange = { readonly start: Nanos; readonly end: Nanos }

export type LogsParameters = {
  readonly filter: LogFilter
  readonly direction: Direction
  readonly limit: number
  readonly cursor: string | undefined
  /** As given: undefined where the caller left it out. */
  readonly start: Nanos | undefined
  readonly end: Nanos | undefined
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
export function assertAlone(filter: LogFilter): void {
  const { query, ...others } = filter
  const [other] = Object.entries(others).filter(([, value]) => value !== undefined)
  if (query !== undefined && other !== undefined)
    throw new ApiError(
      'invalid_parameter',
      `query and ${other[0]} are both given: say it all in the query, or leave the query out.`,
    )
}

/**
 * The range of a first page. "Now" is the end of the current millisecond, so that a record stamped now is in it.
 * Throws {@link ApiError}.
 */
export function rangeOf({ start, end }: Pick<LogsParameters, 'start' | 'end'>, nowMs: number): TimeRange {
  const last = end ?? BigInt(nowMs + 1) * 1_000_000n
  const first = start ?? (last > DEFAULT_RANGE ? last - DEFAULT_RANGE : 0n)
  if (first > last) {
    const cure = end === undefined ? 'it lies in the future and no end is given' : 'swap them'
    throw new ApiError('invalid_parameter', `start is after end: ${cure}.`)
  }
  return { start: first, end: last }
}
