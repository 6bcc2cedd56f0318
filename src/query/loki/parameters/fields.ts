import { z } from 'zod'
import { NAME_LENGTH_MAX, parsed } from '../../parameters/fields.ts'
import { parseLokiDuration, parseLokiTime } from './time.ts'

/** The parameters of Loki's API, as zod fields: text in, checked values out. */

function field<Result>(meaning: string, read: (text: string) => Result) {
  return parsed(read).describe(meaning)
}

export const logqlField = () =>
  z
    .string({ error: 'is missing: give a LogQL query such as {namespace="shop"} |= "error"' })
    .describe('LogQL')

export const selectorField = () => z.string().describe('LogQL selector, such as {namespace="shop"}')

export const timeField = (meaning: string) =>
  field(`${meaning}; ns or s since 1970, or RFC 3339`, parseLokiTime).optional()

export const durationField = (meaning: string) =>
  field(`${meaning}; 5m, 1h30m, or seconds`, parseLokiDuration).optional()

export const directionField = () =>
  field('backward (newest first) or forward', (text) => {
    const direction = text.toLowerCase()
    if (direction === 'backward' || direction === 'forward') return direction
    return { problem: 'is no direction: expected backward (newest first) or forward (oldest first)' }
  }).default('backward')

/** A whole number from 1 to `max`. `config` names the key of the config that says so. */
export const countField = (
  meaning: string,
  { max, otherwise, config }: { readonly max: number; readonly otherwise: number; readonly config?: string },
) =>
  field(`${meaning}, 1 to ${max}`, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : 0
    if (number >= 1 && number <= max) return number
    const from = config === undefined ? '' : ` (${config})`
    return { problem: `is out of range: expected a whole number from 1 to ${max}${from}` }
  }).default(otherwise)

/** Names of labels, separated by commas. */
export const labelsField = (meaning: string) =>
  field(`${meaning}, separated by commas`, (text) => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const wrong = names.find((name) => !isLabelName(name))
    return wrong === undefined ? names : { problem: `names ${JSON.stringify(wrong)}, which is no label` }
  }).optional()

export function isLabelName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text)
}
