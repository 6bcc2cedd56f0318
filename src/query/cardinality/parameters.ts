import { z } from 'zod'
import { readParameters } from '../http/parameters.ts'

const NAME_LENGTH_MAX = 1024
const LIMIT_MAX = 1000
const LIMIT_DEFAULT = 20

/** The parameters of `GET /api/v1/cardinality`. */
export const cardinalityParameters = z.object({
  metric: z
    .string()
    .max(NAME_LENGTH_MAX, `is longer than ${NAME_LENGTH_MAX} characters`)
    .optional()
    .describe('The labels of this metric, in place of the metrics'),
  limit: z
    .string()
    .transform((text, context): number => {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
      if (number >= 1 && number <= LIMIT_MAX) return number
      context.addIssue({
        code: 'custom',
        message: `is out of range: expected a whole number from 1 to ${LIMIT_MAX}`,
      })
      return z.NEVER
    })
    .default(LIMIT_DEFAULT)
    .describe(`How many metrics or labels, 1 to ${LIMIT_MAX}`),
})

export type CardinalityParameters = z.output<typeof cardinalityParameters>

export function readCardinalityParameters(query: URLSearchParams): CardinalityParameters {
  return readParameters(cardinalityParameters, query)
}
