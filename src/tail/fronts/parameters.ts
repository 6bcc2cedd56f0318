import { z } from 'zod'
import { ApiError } from '../../query/errors.ts'
import type { LogExpr } from '../../query/logql/ast.ts'
import { LogqlError } from '../../query/logql/error.ts'
import { parse } from '../../query/logql/parse.ts'
import { boundedText, type Problem, parsed } from '../../query/parameters/fields.ts'
import { parseTime } from '../../query/time.ts'

const QUERY_LENGTH_MAX = 128 * 1024
const SECOND = 1_000_000_000n
const DELAY_SECONDS_MAX = 5

/** Throws {@link ApiError} for what can't be tailed. */
export function readTailQuery(text: string): LogExpr {
  try {
    const expr = parse(text)
    if (expr.kind === 'log') return expr
  } catch (error) {
    if (error instanceof LogqlError) throw new ApiError('invalid_query', error.message)
    throw error
  }
  throw new ApiError(
    'invalid_query',
    'A tail shows log lines, and this is a metric query: give its selector and stages alone.',
  )
}

const query = () =>
  z
    .string('is missing: give LogQL such as {namespace="shop"} |= "error"')
    .max(QUERY_LENGTH_MAX, `is longer than ${QUERY_LENGTH_MAX} characters`)
    .describe('LogQL of log lines')

/** As Loki reads times: up to ten digits are seconds, and seconds may have a fraction. */
function parseLokiTime(text: string): bigint | Problem {
  const match = /^(\d{1,10})(?:\.(\d{1,9})\d*)?$/.exec(text)
  if (match === null) return parseTime(text)
  return BigInt(match[1]!) * SECOND + BigInt((match[2] ?? '').padEnd(9, '0'))
}

const count = (meaning: string, max: number, otherwise: number) =>
  parsed((text): number | Problem => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
    if (number >= 0 && number <= max) return number
    return { problem: `is out of range: expected a whole number from 0 to ${max} (tail.historyLinesMax)` }
  })
    .default(otherwise)
    .describe(meaning)

const LIMIT_DEFAULT = 100

/** Those that Grafana and logcli send; others are ignored, as Loki does. */
export const lokiTailParameters = (historyLinesMax: number) =>
  z.object({
    query: query(),
    start: parsed(parseLokiTime).optional().describe('Stored lines since then first; default: an hour ago'),
    limit: count(
      'Stored lines to begin with, the newest ones',
      historyLinesMax,
      Math.min(LIMIT_DEFAULT, historyLinesMax),
    ),
    delay_for: parsed((text): number | Problem =>
      /^[0-5]$/.test(text)
        ? Number(text)
        : { problem: `is out of range: expected whole seconds from 0 to ${DELAY_SECONDS_MAX}` },
    )
      .default(0)
      .describe('Seconds that lines are held back'),
  })

const RESUME_LENGTH_MAX = 8192

export const nativeTailParameters = (historyLinesMax: number) =>
  z.object({
    query: query(),
    start: parsed(parseTime)
      .optional()
      .describe('Stored lines since then first; default: none, or with limit an hour ago'),
    limit: count('Stored lines to begin with, the newest ones', historyLinesMax, -1),
    resume: boundedText(RESUME_LENGTH_MAX)
      .optional()
      .describe('The last `resume` of a tail of the same query: nothing since then is missed or told twice'),
  })

/**
 * Reads parameters as Loki does: names that it does not know are ignored, an empty value is none, and of several the first
 * counts. Throws {@link ApiError}.
 */
export function readLenient<Shape extends z.ZodObject>(
  schema: Shape,
  given: URLSearchParams,
): z.output<Shape> {
  const known = Object.keys(schema.shape)
  const values = Object.fromEntries(
    known.map((name) => [name, given.get(name)]).filter(([, value]) => value !== null && value !== ''),
  ) as Readonly<Record<string, string>>
  const read = schema.safeParse(values)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const name = String(issue!.path[0] ?? '')
  const value = values[name]
  const shown = value === undefined || value.length > 64 ? name : `${name}=${JSON.stringify(value)}`
  throw new ApiError('invalid_parameter', `${shown} ${issue!.message}.`)
}
