import { z } from 'zod'
import type { Config } from '../../config/schema.ts'
import { parseTime } from '../time.ts'

/** Parameters that several endpoints have, each as zod reads it from the text of a query string. */

export const NAME_LENGTH_MAX = 1024
const CURSOR_LENGTH_MAX = 2048

/** What is wrong with the text of a parameter: `limit="ten" <problem>.` */
export type Problem = { readonly problem: string }

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value
}

/** A parameter of which `read` makes the value, or says what is wrong with its text. */
export function parsed<Read>(read: (text: string) => Read) {
  return z.string().transform((text, context): Exclude<Read, Problem> => {
    const value = read(text)
    if (!isProblem(value)) return value as Exclude<Read, Problem>
    context.addIssue({ code: 'custom', message: value.problem })
    return z.NEVER
  })
}

export const boundedText = (lengthMax: number, ifMissing?: string) =>
  z.string(ifMissing).max(lengthMax, `is longer than ${lengthMax} characters`)

export const name = (meaning: string) => boundedText(NAME_LENGTH_MAX).optional().describe(meaning)

const time = (meaning: string) => parsed(parseTime).optional().describe(meaning)

export const rangeParameters = {
  start: time('First moment of the range, included; default: an hour before the end'),
  end: time('End of the range, not included; default: now'),
}

/** What a resource says of where its telemetry came from. */
export const placeParameters = {
  service: name('service.name, exactly'),
  app: name('App id, exactly'),
  namespace: name('k8s.namespace.name, exactly'),
  pod: name('k8s.pod.name, exactly'),
  container: name('k8s.container.name, exactly'),
}

/** Records of one page (config section `query`). */
export type PageLimits = Pick<Config['query'], 'limitDefault' | 'limitMax'>

export const pageLimit = ({ limitDefault, limitMax }: PageLimits) =>
  parsed((text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
    return number >= 1 && number <= limitMax
      ? number
      : { problem: `is out of range: expected a whole number from 1 to ${limitMax}` }
  })
    .default(limitDefault)
    .describe(`Records of one page, 1 to ${limitMax}`)

/** Hexadecimal; short ones lack their leading zeros, as Jaeger writes them. */
export function parseTraceId(text: string): string | Problem {
  const id = text.toLowerCase().padStart(32, '0')
  if (!/^[0-9a-f]{32}$/.test(id)) return { problem: 'is no trace id: expected up to 32 hex digits' }
  return /^0+$/.test(id) ? { problem: 'is no trace id: zeros stand for a span without a trace' } : id
}

export const cursorParameter = boundedText(CURSOR_LENGTH_MAX)
  .optional()
  .describe('nextCursor of the page before')
