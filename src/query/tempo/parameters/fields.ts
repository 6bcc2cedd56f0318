import { parseLokiTime } from '../../loki/parameters/time.ts'
import { parseDuration } from '../../parameters/duration.ts'
import { parsed } from '../../parameters/fields.ts'

/** The parameters of Tempo's API, as zod fields: text in, checked values out. */

const timeField = (meaning: string) =>
  parsed(parseLokiTime).optional().describe(`${meaning}; seconds or ns since 1970, or RFC 3339`)

export const rangeFields = {
  start: timeField('First moment; default: an hour before the end'),
  end: timeField('End, not included; default: now'),
}

export const durationField = (meaning: string) =>
  parsed(parseDuration).optional().describe(`${meaning}: 100ms, 1.5s, 1m30s`)
