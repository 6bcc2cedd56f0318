import { z } from 'zod'
import { type Problem, parsed } from './fields.ts'

/** An attribute with a value, as a filter asks for it. */
export type KeyValue = { readonly key: string; readonly value: string }

const LENGTH_MAX = 4096
const TIMES_MAX = 16

function parseKeyValue(text: string): KeyValue | Problem {
  const colon = text.indexOf(':')
  if (colon < 1) return { problem: 'is no attribute: expected key:value, such as http.route:/cart' }
  if (text.length > LENGTH_MAX) return { problem: `is longer than ${LENGTH_MAX} characters` }
  return { key: text.slice(0, colon), value: text.slice(colon + 1) }
}

/** `key:value`, which may be given several times. The first colon ends the key. */
export const keyValues = (meaning: string) =>
  z
    .array(parsed(parseKeyValue))
    .max(TIMES_MAX, `is given more than ${TIMES_MAX} times`)
    .optional()
    .describe(meaning)
