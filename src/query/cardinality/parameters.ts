import { z } from 'zod'
import { readParameters } from '../http/parameters.ts'
import { boundedText, NAME_LENGTH_MAX, parsed } from '../parameters/fields.ts'

export const ROWS_MAX = 1000
const ROWS_DEFAULT = 20
const SERIES_LIMIT_DEFAULT = 1000
const SERIES_LIMIT_MAX = 100_000_000

/** A whole number of a parameter. */
export const wholeNumber = (min: number, max: number) =>
  parsed((text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
    return number >= min && number <= max
      ? number
      : { problem: `is out of range: expected a whole number from ${min} to ${max}` }
  })

export const rowsParameter = (what: string) =>
  wholeNumber(1, ROWS_MAX).default(ROWS_DEFAULT).describe(`How many ${what}, 1 to ${ROWS_MAX}`)

/** The parameters of `GET /api/v1/cardinality`. */
export const cardinalityParameters = z.object({
  metric: boundedText(NAME_LENGTH_MAX)
    .optional()
    .describe('The labels of this metric, in place of the metrics'),
  by: z
    .enum(['series', 'samples', 'bytes'], { error: 'is no order: expected series, samples or bytes' })
    .default('series')
    .describe('Which metrics come first: most active series, points or bytes'),
  seriesLimit: wholeNumber(1, SERIES_LIMIT_MAX)
    .default(SERIES_LIMIT_DEFAULT)
    .describe('Of a metric: what keeping so many series would save'),
  limit: rowsParameter('metrics or labels'),
})

export type CardinalityParameters = z.output<typeof cardinalityParameters>

export function readCardinalityParameters(query: URLSearchParams): CardinalityParameters {
  return readParameters(cardinalityParameters, query)
}
