import { z } from 'zod'
import { rowsParameter, wholeNumber } from '../cardinality/parameters.ts'
import { readParameters } from '../http/parameters.ts'
import { boundedText, NAME_LENGTH_MAX } from '../parameters/fields.ts'

const DAYS_DEFAULT = 14
/** So long is kept which names queries used. */
const DAYS_MAX = 400
const NAMES_MAX = 50_000
/** Each is held against every name that each metric may have. */
const GLOBS_MAX = 1000
const PATTERNS_MAX = 200

const given = (timesMax: number, meaning: string) =>
  z
    .array(boundedText(NAME_LENGTH_MAX))
    .max(timesMax, `is given more than ${timesMax} times`)
    .optional()
    .describe(`${meaning}; may be given up to ${timesMax} times`)

/** The parameters of `/api/v1/recommendations`. */
export const recommendationsParameters = z.object({
  days: wholeNumber(1, DAYS_MAX)
    .default(DAYS_DEFAULT)
    .describe(`Queries of how many days count, 1 to ${DAYS_MAX}`),
  limit: rowsParameter('metrics, and labels'),
  used: given(NAMES_MAX, 'A name that is used elsewhere, in a dashboard say'),
  usedGlob: given(GLOBS_MAX, 'The same, with * for any characters'),
  usedPattern: given(PATTERNS_MAX, 'A regular expression by which metrics are chosen elsewhere'),
  usedWhole: given(NAMES_MAX, 'A metric that is shown elsewhere with all its labels'),
})

export type RecommendationsParameters = z.output<typeof recommendationsParameters>

export function readRecommendationsParameters(form: URLSearchParams): RecommendationsParameters {
  return readParameters(recommendationsParameters, form, ['used', 'usedGlob', 'usedPattern', 'usedWhole'])
}
