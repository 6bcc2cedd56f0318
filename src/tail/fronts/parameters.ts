import { z } from 'zod'
import type { LogExpr } from '../../query/logql/ast.ts'
import { logqlField, timeField } from '../../query/loki/parameters/fields.ts'
import { readLogQuery } from '../../query/loki/parameters/query.ts'
import { boundedText, type Problem, parsed } from '../../query/parameters/fields.ts'
import { parseTime } from '../../query/time.ts'
import type { DroppedLines } from '../feed.ts'
import { RESUME_LENGTH_MAX } from '../resume-token.ts'

const DELAY_SECONDS_MAX = 5

/** Throws {@link ApiError} for what can't be tailed. */
export const readTailQuery = (text: string): LogExpr => readLogQuery(text, 'A tail')

const count = (meaning: string, max: number, otherwise: number) =>
  parsed((text): number | Problem => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
    if (number >= 0 && number <= max) return number
    return { problem: `is out of range: expected a whole number from 0 to ${max} (tail.historyLinesMax)` }
  })
    .default(otherwise)
    .describe(meaning)

const LIMIT_DEFAULT = 100

const droppedField = () =>
  parsed((text): DroppedLines | Problem =>
    text === 'show' || text === 'hide' ? text : { problem: 'is neither: expected show or hide' },
  )
    .default('show')
    .describe('Live lines that a rule will drop: show (each with the name of its rule) or hide')

/** Those that Grafana and logcli send; others are ignored, as Loki does. */
export const lokiTailParameters = (historyLinesMax: number) =>
  z.object({
    query: logqlField(),
    start: timeField('Stored lines since then first; default: an hour ago'),
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
    dropped: droppedField(),
  })

export const nativeTailParameters = (historyLinesMax: number) =>
  z.object({
    query: logqlField(),
    start: parsed(parseTime)
      .optional()
      .describe('Stored lines since then first; default: none, or with limit an hour ago'),
    limit: count('Stored lines to begin with, the newest ones', historyLinesMax, -1),
    resume: boundedText(RESUME_LENGTH_MAX)
      .optional()
      .describe('The last `resume` of a tail of the same query: nothing since then is missed or told twice'),
    dropped: droppedField(),
  })
